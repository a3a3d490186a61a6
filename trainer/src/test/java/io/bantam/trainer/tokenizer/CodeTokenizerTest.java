package io.bantam.trainer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.bantam.runtime.tokenizer.ByteAlphabet;
import io.bantam.trainer.BantamException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodeTokenizerTest {

    private static byte[] json;
    private static CodeTokenizer tokenizer;

    @BeforeAll
    static void train() {
        BpeModel model = new BpeTrainer(SpecialTokens.py150(), 1300).train(CodeText.documents(1, 60, 500));
        json = TokenizerJson.toJson(model).getBytes(StandardCharsets.UTF_8);
        tokenizer = CodeTokenizer.of(json, "test");
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void takesTheSpaceBeforeLineEndsAndNumbers() {
        String text = "<s> x = <NUM_LIT:0> <EOL> return b'<STR_LIT:utf-8>' <EOL> </s>";

        int[] ids = tokenizer.encode(text);

        assertEquals(
                List.of(
                        "<s>",
                        "Ġx",
                        "Ġ=",
                        "<NUM_LIT:0>",
                        "<EOL>",
                        "Ġreturn",
                        "Ġb",
                        "'",
                        "<STR_LIT:utf-8>",
                        "'",
                        "<EOL>",
                        "Ġ",
                        "</s>"),
                tokens(ids));
        assertEquals(text, tokenizer.decode(ids));
    }

    @Test
    void decodesInParts() {
        int[] ids = tokenizer.encode("<s> x = <NUM_LIT:0> <EOL> return '<STR_LIT>' <EOL> </s>");
        var text = new StringBuilder();
        for (int id : ids) {
            text.append(tokenizer.decode(id));
        }
        assertEquals(tokenizer.decode(ids), text.toString());
        assertEquals(" <EOL>", tokenizer.decode(tokenizer.endOfLineId()));
        assertEquals("", tokenizer.decode());
        assertArrayEquals(new int[0], tokenizer.encode(""));
    }

    @Test
    void everySpecialTokenIsOneId() {
        int id = 0;
        for (String token : SpecialTokens.py150().tokens()) {
            assertArrayEquals(new int[] {id}, tokenizer.encode(token), token);
            assertEquals(id, tokenizer.id(token));
            assertEquals(token, tokenizer.token(id));
            String inLine = SpecialTokens.takesSpaceBefore(token) ? "( " + token + " ," : "'" + token + "'";
            assertEquals(inLine, tokenizer.decode(tokenizer.encode(inLine)));
            assertEquals(3, tokenizer.encode(inLine).length, inLine);
            id++;
        }
        assertEquals(
                List.of(0, 1, 2, 3, 4),
                List.of(
                        tokenizer.beginId(),
                        tokenizer.endId(),
                        tokenizer.padId(),
                        tokenizer.unknownId(),
                        tokenizer.endOfLineId()));
    }

    @Test
    void everyByteValueHasAnIdThatDecodesToIt() {
        for (int value = 0; value < 256; value++) {
            int id = tokenizer.id(String.valueOf(ByteAlphabet.toChar(value)));
            assertEquals(238 + value, id);
            // Bytes from 0x80 are no characters alone: show them in the sequences below.
            if (value < 0x80) {
                assertEquals(String.valueOf((char) value), tokenizer.decode(id));
            }
        }
    }

    @Test
    void roundTripsEveryByteValue() {
        var all = new StringBuilder();
        for (char c = 0; c < 0x900; c++) {
            roundTrip(String.valueOf(c));
            roundTrip("a " + c + " b");
            all.append(c);
        }
        // Lead bytes E0 to EF and F0 to F4, with every continuation byte, are reached by these.
        for (int codePoint = 0x900; codePoint <= Character.MAX_CODE_POINT; codePoint += 0x3F) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                all.appendCodePoint(codePoint);
            }
        }
        roundTrip(all.toString());
    }

    @Test
    void roundTripsTextThatIsNotInNormalForm() {
        for (String text : List.of(
                "x<EOL>y",
                "x  <EOL>",
                "x\n<EOL>",
                "x\n <EOL> y",
                "<EOL><EOL>",
                " <EOL>",
                "  <EOL>",
                "a<NUM_LIT:0><NUM_LIT>",
                "<NUM_LIT",
                "<STR_LIT>",
                "f(  <NUM_LIT:1.0>)",
                "<s>struck</s>",
                "  ",
                "a   ",
                " \t \n x",
                "\u00a0 <EOL>",
                "x \u00a0<EOL>",
                "\u2028 \u3000 x",
                "if x:\n    return {'a': 1}\n\n\n")) {
            if (text.startsWith("<EOL>")) {
                assertEquals(" " + text, tokenizer.decode(tokenizer.encode(text)), "a leading <EOL> gains a space");
            } else {
                roundTrip(text);
            }
        }
    }

    @Test
    void roundTripsRandomText() {
        String[] parts = {
            " ", "  ", "\n", "\t", "<EOL>", "<NUM_LIT:0>", "<STR_LIT>", "<", ">", "EOL", "'", "x", "é", "\u00a0", "</s>"
        };
        for (long seed = 0; seed < 2000; seed++) {
            var random = new Random(seed);
            var text = new StringBuilder("x");
            for (int n = random.nextInt(12); n > 0; n--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            roundTrip(text.toString());
        }
    }

    @Test
    void roundTripsTenMegabytesOfCode() {
        List<String> documents = CodeText.documents(99, 2_000, 1_000);
        assertTrue(documents.stream().mapToLong(String::length).sum() > 10_000_000);

        List<int[]> ids = tokenizer.encodeAll(documents);

        assertEquals(documents, tokenizer.decodeAll(ids));
    }

    @Test
    void encodesAsTheLibraryDoesInOneGo() {
        List<String> documents = new ArrayList<>(CodeText.documents(4, 50, 300));
        documents.add("a  b \n c\t d   \u00a0 e'll _x__ 12ab (()) ... x \u0085 y  \u2003z");
        try (HuggingFaceTokenizer library = library()) {
            for (String document : documents) {
                long[] expected = library.encode(document).getIds();
                assertArrayEquals(
                        Arrays.stream(expected).mapToInt(Math::toIntExact).toArray(), tokenizer.encode(document));
            }
        }
    }

    @Test
    void theFileAloneDecodesToTheSameText() {
        try (HuggingFaceTokenizer library = library()) {
            for (String document : CodeText.documents(6, 20, 300)) {
                assertEquals(document, library.decode(library.encode(document).getIds(), false));
            }
            String text = "<s> x = <NUM_LIT:0> <EOL> </s>";
            assertEquals(
                    " x = <NUM_LIT:0> <EOL> ",
                    library.decode(library.encode(text).getIds(), true));
        }
    }

    @Test
    void manyTextsComeBackInOrder() {
        List<String> documents = CodeText.documents(8, 200, 50);
        List<int[]> ids = tokenizer.encodeAll(documents);
        for (int i = 0; i < documents.size(); i++) {
            assertArrayEquals(tokenizer.encode(documents.get(i)), ids.get(i));
        }
    }

    @Test
    void opensAFileOrItsFolder(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("tokenizer.json");
        Files.write(file, json);
        try (var byFolder = CodeTokenizer.open(folder);
                var byFile = CodeTokenizer.open(file)) {
            assertTrue(byFolder.sameAs(byFile));
            assertEquals(tokenizer.sha256(), byFile.sha256());
            assertEquals(1300, byFile.vocabularySize());
            assertArrayEquals(json, byFile.json());
        }
    }

    @Test
    void idsAboveTheVocabularyAreNoText() {
        int known = tokenizer.encode("x")[0];
        assertEquals(tokenizer.decode(known, known), tokenizer.decode(known, tokenizer.vocabularySize() + 7, known));
    }

    @Test
    void saysWhatIsWrongWithAFile(@TempDir Path folder) throws Exception {
        refused(() -> CodeTokenizer.open(folder), folder + "/tokenizer.json: there is no tokenizer");
        refused(() -> CodeTokenizer.of(Arrays.copyOf(json, 1000), "cut"), "cut:");
        refused(() -> CodeTokenizer.of(Arrays.copyOf(json, 1000), "cut"), "damaged");
        refused(() -> CodeTokenizer.of("{}".getBytes(), "other"), "other: no Hugging Face tokenizer");
        refused(() -> CodeTokenizer.of("[1]".getBytes(), "other"), "other: no Hugging Face tokenizer");
        refused(() -> CodeTokenizer.of("{\"model\":{\"vocab\":{}}}".getBytes(), "other"), "vocabulary is empty");
        refused(() -> CodeTokenizer.of("{\"model\":{\"vocab\":{\"a\":-1}}}".getBytes(), "other"), "found -1");
        refused(() -> CodeTokenizer.of("{\"model\":{\"vocab\":{\"a\":0}}}".getBytes(), "other"), "library refuses");
    }

    @Test
    void saysThatItDoesNotFitTheModel() {
        tokenizer.requireFits(1300, "pycode-teacher");
        tokenizer.requireFits(1536, "a padded model");
        refused(
                () -> tokenizer.requireFits(1299, "pycode-teacher"),
                "vocabulary of 1300, but pycode-teacher has one of 1299");
    }

    @Test
    void refusesIdsAndTokensThatItDoesNotHave() {
        assertThrows(IllegalArgumentException.class, () -> tokenizer.token(1300));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.token(-1));
        assertTrue(tokenizer.find("<MASK>").isEmpty());
        refused(() -> tokenizer.id("<MASK>"), "the vocabulary has no <MASK>");
    }

    @Test
    void halfACharacterBecomesTheReplacementCharacter() {
        int lead = tokenizer.id(String.valueOf(ByteAlphabet.toChar(0xC3)));
        assertEquals("\uFFFD", tokenizer.decode(lead));
        assertFalse(tokenizer
                .decode(lead, tokenizer.id(String.valueOf(ByteAlphabet.toChar(0xA9))))
                .contains("\uFFFD"));
    }

    private static HuggingFaceTokenizer library() {
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json),
                    Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void roundTrip(String text) {
        assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
    }

    private static void refused(org.junit.jupiter.api.function.Executable action, String message) {
        var problem = assertThrows(BantamException.class, action);
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
        assertFalse(problem.getMessage().contains("\n"), problem.getMessage());
    }

    private static List<String> tokens(int[] ids) {
        return Arrays.stream(ids).mapToObj(tokenizer::token).toList();
    }
}
