package io.bantam.runtime.completion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.completion.Completion.End;
import io.bantam.runtime.format.TextForm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that read text as it stands. The scripted tokenizer has a token a byte, and "Ġn", "xy" and "xyz". */
final class PlainCompletionTest {
    private static CompletionOptions options(int tokens, int lines, String... stops) {
        return new CompletionOptions(tokens, lines, Sampling.GREEDY, List.of(stops));
    }

    private static Completion complete(String source, String read, String text, CompletionOptions options) {
        try (PackedModel model = new ScriptedModel(192).afterPlain(read, text).plainModel()) {
            return model.complete(source, options, piece -> true);
        }
    }

    private static List<List<String>> cursors() {
        // source, what the model reads of it, what it writes from there, what is inserted
        return List.of(
                List.of("f(a, ", "f(a,", " b)\nc", "b)"),
                List.of("x = 1  # so", "x = 1  #", " so far\n", " far"),
                List.of("def f():\n    ", "def f():", "\n    return 'é' + \"ü\"\n", "return 'é' + \"ü\""),
                List.of("def f():\n", "def f():", "\n\treturn\n", "\treturn"),
                List.of("a\n", "a", "\n\n", ""),
                List.of("a.xy", "a.", "xyz = 3\n", "z = 3"),
                List.of("a n", "a", " name\n", "ame"),
                List.of("f(", "f(", "xy)\n", "xy)"),
                List.of("", "", "import os\n", "import os"),
                List.of("im", "", "import os\n", "port os"));
    }

    @ParameterizedTest
    @MethodSource("cursors")
    void insertsWhatFollowsTheCursor(List<String> cursor) {
        Completion completion = complete(cursor.get(0), cursor.get(1), cursor.get(2), options(60, 1));
        assertEquals(cursor.get(3), completion.text());
        assertEquals(End.LINE_END, completion.end());
    }

    @Test
    void severalLinesKeepTheirIndentation() {
        Completion completion = complete("if a", "if", " a:\n        b\n    c\nd\n", options(60, 3));
        assertEquals(":\n        b\n    c", completion.text());
    }

    /** The model would rather write another word, and would cut the word otherwise than it is. */
    @Test
    void theWordAtTheCursorStays() {
        Completion completion = complete("a.xyz", "a.", "abcdefgh\n", options(6, 1));
        assertEquals("bcdef", completion.text());
        assertEquals(6, completion.tokens(), "xyz is one token, as in the text that the model learnt from");
        assertEquals(End.TOKEN_LIMIT, completion.end());
    }

    @Test
    void saysWhyItEnds() {
        assertEquals(
                End.FILE_END, complete("x = 1", "x =", " 1</s>", options(60, 1)).end());
        assertEquals(
                End.FILE_END,
                complete("x = 1", "x =", " 1<pad>", options(60, 1)).end(),
                "any control token");
        Completion stopped = complete("x =", "x =", " f(a, b)\n", options(60, 1, ", b"));
        assertEquals(" f(a", stopped.text());
        assertEquals(End.STOP, stopped.end());
    }

    @Test
    void aCharacterThatIsCutOffIsShownAsSuch() {
        assertEquals(" '\uFFFD", complete("x =", "x =", " 'é'\n", options(3, 1)).text());
    }

    @Test
    void aLongContextLosesItsBeginning() {
        try (PackedModel model = new ScriptedModel(192).plainModel()) {
            Completion completion = model.complete("abc = xyz\n".repeat(500), options(8, 1), piece -> true);
            assertTrue(completion.promptTokens() + 8 <= 192, completion.toString());
            assertTrue(completion.promptTokens() + 8 > 192 - 64, completion.toString());
        }
    }

    @Test
    void aFileRemembersItsForm(@TempDir Path folder) throws IOException {
        ScriptedModel script = new ScriptedModel(192).afterPlain("# x =", " y, z\n");
        try (PackedModel model = PackedModel.load(script.writePlain(folder.resolve("plain.bantam")))) {
            assertEquals(TextForm.PLAIN, model.textForm());
            assertEquals(" y, z", model.complete("# x ="));
        }
        try (PackedModel model = PackedModel.load(script.write(folder.resolve("normal.bantam")))) {
            assertEquals(TextForm.PY150, model.textForm(), "the tokenizer has its tokens");
        }
    }
}
