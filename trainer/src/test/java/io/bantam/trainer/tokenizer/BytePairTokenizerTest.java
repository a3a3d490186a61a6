package io.bantam.trainer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.runtime.tokenizer.ByteAlphabet;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.ProjectFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runtime's own tokenizer agrees with the Hugging Face library. */
final class BytePairTokenizerTest {
    private static final List<String> ODD_TEXTS = List.of(
            "",
            " ",
            "  x",
            "x<EOL>y",
            "x  <EOL>",
            "x\n<EOL>",
            "x\n <EOL> y",
            "<EOL><EOL>",
            " <EOL>",
            "a<NUM_LIT:0><NUM_LIT>",
            "<NUM_LIT",
            "<s>struck</s>",
            "a   ",
            " \t \n x",
            "\u00a0 <EOL>",
            "x \u00a0<EOL>",
            "\u2028 \u3000 x",
            "a  b \n c\t d   \u00a0 e'll it's we've _x__ 12ab ²½ (()) ... x \u0085 y  \u2003z",
            "if x:\n    return {'a': 1}\n\n\n",
            "数据 = \"é\uD83D\uDE00\" # ﬁ",
            "x".repeat(5000));

    private static void agree(byte[] json, List<String> texts) throws Exception {
        BytePairTokenizer own = BytePairTokenizer.of(json, "test");
        try (CodeTokenizer library = CodeTokenizer.of(json, "test")) {
            assertEquals(library.vocabularySize(), own.vocabularySize());
            Random random = new Random(5);
            for (String text : texts) {
                int[] expected = library.encode(text);
                assertArrayEquals(expected, own.encode(text), text);
                assertEquals(library.decode(expected), own.decode(expected), text);
            }
            for (int i = 0; i < 200; i++) {
                int[] ids = random.ints(8, 0, own.vocabularySize()).toArray();
                assertEquals(withoutRuns(library.decode(ids)), withoutRuns(own.decode(ids)));
            }
        }
    }

    /** How many U+FFFD stand for broken bytes differs between Java and Rust where a surrogate is spelt in UTF-8. */
    private static String withoutRuns(String text) {
        return text.replaceAll("\uFFFD+", "\uFFFD");
    }

    @Test
    void onTheShippedTokenizer() throws Exception {
        Path folder = ProjectFiles.root().resolve("checkpoints/pycode-teacher");
        List<String> texts = new ArrayList<>(ODD_TEXTS);
        texts.addAll(CodeText.documents(11, 40, 300));
        agree(Files.readAllBytes(folder.resolve(CodeTokenizer.FILE_NAME)), texts);
    }

    @Test
    void onRandomCharacters() throws Exception {
        byte[] json = TokenizerJson.toJson(
                        new BpeTrainer(SpecialTokens.py150(), 900).train(CodeText.documents(1, 30, 300)))
                .getBytes(StandardCharsets.UTF_8);
        Random random = new Random(3);
        List<String> texts = new ArrayList<>();
        String[] parts = {
            " ", "  ", "\n", "<EOL>", "<NUM_LIT:0>", "<STR_LIT>", "<", ">", "EOL", "'", "'s", "x", "é", "</s>"
        };
        for (int i = 0; i < 1000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                if (random.nextInt(3) > 0) {
                    text.append(parts[random.nextInt(parts.length)]);
                } else {
                    text.appendCodePoint(random.nextInt(random.nextBoolean() ? 0x250 : 0xD800));
                }
            }
            texts.add(text.toString());
        }
        agree(json, texts);
    }

    /** GPT-2's own files: no special tokens of ours, an end-of-text token that takes no space. */
    @Test
    void onAnOlderVocabulary(@TempDir Path folder) throws Exception {
        StringBuilder vocabulary = new StringBuilder("{");
        for (int value = 0; value < 256; value++) {
            String text = String.valueOf(ByteAlphabet.toChar(value));
            vocabulary
                    .append('"')
                    .append(text.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append("\":")
                    .append(value);
            vocabulary.append(',');
        }
        vocabulary.append("\"th\":256,\"the\":257,\"Ġthe\":258,\"<|endoftext|>\":259}");
        Files.writeString(folder.resolve("vocab.json"), vocabulary);
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nt h\nth e\nĠ the\n");
        try (CodeTokenizer tokenizer = CodeTokenizer.open(folder)) {
            agree(tokenizer.json(), List.of("the the other<|endoftext|> the", "tthe", " the", "thethe \n"));
        }
    }
}
