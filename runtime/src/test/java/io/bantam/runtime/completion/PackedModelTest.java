package io.bantam.runtime.completion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.completion.Completion.End;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.PackedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PackedModelTest {
    private static final int POSITIONS = 192;

    private static CompletionOptions options(int tokens, int lines, String... stops) {
        return new CompletionOptions(tokens, lines, Sampling.GREEDY, List.of(stops));
    }

    private static Completion complete(String source, String words, CompletionOptions options) {
        try (PackedModel model =
                new ScriptedModel(POSITIONS).after(source, words).model()) {
            return model.complete(source, options, piece -> true);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // source | what the model says | what is to be inserted
                "`x = `|y + <NUM_LIT:1> <EOL>|`y + 1`",
                "x =|= y <EOL>|` y`",
                "x =|== y <EOL>|`= y`",
                "self.na|name = a <EOL>|`me = a`",
                "self.name|name = a <EOL>|` = a`",
                "f(|( '<STR_LIT>' , b ) <EOL>|`'', b)`",
                "`f(a, `|b = <NUM_LIT> ) </s>|`b=0)`",
                "return|return x <EOL>|` x`",
                "x = 1|<EOL>|``",
                "x = 1|+ y <EOL>|` + y`",
                "|import xyz <EOL>|`import xyz`"
            })
    void insertsWhatFollowsTheCursor(String source, String words, String expected) {
        String text = source == null ? "" : source;
        assertEquals(
                expected == null ? "" : expected,
                complete(text, words, options(60, 1)).text());
    }

    /** The model would rather write another word than the one that the cursor touches. */
    @Test
    void theWordAtTheCursorStays() {
        Completion completion = complete("self.ab", "xb = y <EOL>", options(60, 1));
        assertTrue(completion.text().startsWith(" = y"), completion.text());
    }

    @Test
    void severalLinesAreIndented() {
        Completion completion = complete(
                "def f(a):\n    if a", "a : <EOL> return <NUM_LIT:1> <EOL> return a <EOL> x <EOL>", options(60, 3));
        assertEquals(":\n        return 1\n    return a", completion.text());
        assertEquals(End.LINE_END, completion.end());
    }

    @Test
    void saysWhyItEnds() {
        assertEquals(End.FILE_END, complete("x = ", "y </s>", options(60, 1)).end());
        Completion short_ = complete("x = ", "abc <EOL>", options(3, 1));
        assertEquals(End.TOKEN_LIMIT, short_.end());
        assertEquals("ab", short_.text());
        assertEquals(3, short_.tokens());
        assertEquals(End.NOTHING, complete("# x = ", "y <EOL>", options(3, 1)).end());
        assertEquals("", complete("s = 'x = ", "y <EOL>", options(3, 1)).text());
    }

    @Test
    void endsBeforeAStopText() {
        Completion completion = complete("x = ", "f ( a , b ) <EOL>", options(60, 1, "zz", ", b"));
        assertEquals("f(a", completion.text());
        assertEquals(End.STOP, completion.end());
        assertEquals(
                "f(a, b)",
                complete("x = ", "f ( a , b ) <EOL>", options(60, 1, ")x")).text());
    }

    @Test
    void thePiecesAreTheText() {
        List<String> pieces = new ArrayList<>();
        try (PackedModel model =
                new ScriptedModel(POSITIONS).after("x = ", "f ( abc ) <EOL>").model()) {
            Completion completion = model.complete("x = ", options(60, 1, "z"), pieces::add);
            assertEquals(completion.text(), String.join("", pieces));
            assertTrue(pieces.size() >= completion.tokens(), pieces.toString());
        }
    }

    @Test
    void aListenerEndsIt() {
        try (PackedModel model =
                new ScriptedModel(POSITIONS).after("x = ", "abc + dd + g <EOL>").model()) {
            Completion completion = model.complete("x = ", options(60, 1), piece -> !piece.contains("+"));
            assertEquals(End.CANCELLED, completion.end());
            assertEquals("abc +", completion.text());
            assertEquals("abc + dd + g", model.complete("x = "));
        }
    }

    @Test
    void aSessionReadsOnlyWhatIsNew() {
        try (PackedModel model =
                new ScriptedModel(POSITIONS).after("xyz = f(a, ", "b ) <EOL>").model()) {
            CompletionSession session = model.newSession();
            CompletionListener any = piece -> true;
            assertEquals(0, session.complete("xyz = f(", options(5, 1), any).reusedTokens());
            Completion second = session.complete("xyz = f(a, ", options(60, 1), any);
            assertEquals("b)", second.text());
            assertTrue(second.reusedTokens() > 3, second.toString());
            assertEquals(
                    "b)", session.complete("xyz = f(a, ", options(60, 1), any).text());
            assertEquals(
                    "b)", model.complete("xyz = f(a, ", options(60, 1), any).text(), "a fresh session says the same");
        }
    }

    @Test
    void aLongContextLosesItsBeginning() {
        try (PackedModel model = new ScriptedModel(POSITIONS).model()) {
            Completion completion = model.complete("abc = xyz\n".repeat(500), options(8, 1), piece -> true);
            assertTrue(completion.promptTokens() + 8 <= POSITIONS, completion.toString());
            assertTrue(completion.promptTokens() + 8 > POSITIONS - 64, completion.toString());
            assertThrows(
                    IllegalArgumentException.class, () -> model.complete("x", options(POSITIONS, 1), piece -> true));
        }
    }

    @Test
    void loadsAFile(@TempDir Path folder) throws IOException {
        Path file = new ScriptedModel(POSITIONS).after("x = ", "y <EOL>").write(folder.resolve("m.bantam"));
        try (PackedModel model = PackedModel.load(file)) {
            assertEquals("y", model.complete("x = "));
            assertEquals(POSITIONS, model.positions());
        }
        PackedFile whole = PackedFile.read(file);
        PackedFile.write(file, whole.config(), whole.activations(), whole.tensors(), null);
        String message = assertThrows(FormatException.class, () -> PackedModel.load(file))
                .getMessage();
        assertTrue(message.contains("no tokenizer"), message);
    }
}
