package io.bantam.trainer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.ProjectFiles;
import io.bantam.trainer.tokenizer.SentencePieceModel.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.Character.UnicodeBlock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Tokenizers of every family: the runtime's own reader agrees with the Hugging Face library over much text. */
final class TokenizerKindsTest {
    static final List<String> ALL = TokenizerKinds.ALL;

    private static final List<String> ODD_TEXTS = List.of(
            " ",
            "  x",
            "a   ",
            "\n\n  \n\tx = 1\r\n\r\n",
            "\u0000\u0001\u001b[0m\u007f\u0085\u200b\ufeff",
            "x = 12345678901234567890.5e-300 + 0xFFFF_FFFF + ²½Ⅷ٣४",
            "it's we'LL I'VE he'\u017F don'T 'S",
            "cafe\u0301 e\u0301! é! Å Å ﬁ \u1100\u1161\u11a8 각",
            "数据=\"é\uD83D\uDE00\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67\" # 注释。「」、가나 ありがとう ไทย \u0800 õ÷",
            "<s>x</s> <unk> ▁x ▁▁ <0x41><0xE9>",
            "<|endoftext|><|endoftext|>  <|im_start|>user<|fim_prefix|>\n<｜begin▁of▁sentence｜>a<|EOT|> <|mask:0|>",
            "        return x\n\t\treturn\n                 y  ignored ignored",
            "q quick equal\tq\u00a0q",
            "x".repeat(3000) + " ".repeat(3000) + "\n".repeat(300) + "7".repeat(500) + "é".repeat(500));

    /** Letters of Unicode 16, as yet unknown to the library that goes with the oldest DJL. */
    private static final Set<UnicodeBlock> NEW_LETTERS = Set.of(
            UnicodeBlock.EGYPTIAN_HIEROGLYPHS_EXTENDED_A,
            UnicodeBlock.GARAY,
            UnicodeBlock.GURUNG_KHEMA,
            UnicodeBlock.KIRAT_RAI,
            UnicodeBlock.OL_ONAL,
            UnicodeBlock.SUNUWAR,
            UnicodeBlock.TODHRI,
            UnicodeBlock.TULU_TIGALARI);

    private static BpeModel learnt;
    private static List<String> texts;

    @BeforeAll
    static void learn() throws IOException {
        texts = new ArrayList<>(ODD_TEXTS);
        try (Stream<Path> files = Files.walk(ProjectFiles.root().resolve("trainer/src/main"))) {
            for (Path file : files.filter(path -> path.toString().matches(".*\\.(java|py|ftlh?)"))
                    .sorted()
                    .limit(12)
                    .toList()) {
                texts.add(Files.readString(file));
            }
        }
        Random random = new Random(11);
        String[] parts = {" ", "  ", "\n", "\t", "'", "'s", "x", "é", "7", "42", "_", "<s>", "▁", "q", "İ", "ß", "。"};
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(14); n >= 0; n--) {
                int most = random.nextBoolean() ? 0x250 : random.nextBoolean() ? 0xD800 : 0x20000;
                int character = random.nextInt(most);
                // Newer versions of Unicode give meaning to characters that older ones do not know.
                boolean known = Character.isDefined(character)
                        && !Character.isSurrogate((char) character)
                        && !NEW_LETTERS.contains(UnicodeBlock.of(character));
                if (random.nextInt(3) > 0 || !known) {
                    text.append(parts[random.nextInt(parts.length)]);
                } else {
                    text.appendCodePoint(character);
                }
            }
            texts.add(text.toString());
        }
        learnt = new BpeTrainer(new SpecialTokens(List.of()), 1200).train(texts.subList(0, 26));
    }

    private static void agree(CodeTokenizer library, BytePairTokenizer own) {
        assertEquals(library.vocabularySize(), own.vocabularySize());
        for (String text : texts) {
            int[] expected = library.encode(text);
            assertArrayEquals(expected, own.encode(text), text);
            assertEquals(withoutRuns(library.decode(expected)), withoutRuns(own.decode(expected)), text);
        }
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            int[] ids = random.ints(8, 0, own.vocabularySize()).toArray();
            assertEquals(withoutRuns(library.decode(ids)), withoutRuns(own.decode(ids)));
        }
    }

    /** How many U+FFFD stand for broken bytes differs between Java and Rust where a surrogate is spelt in UTF-8. */
    private static String withoutRuns(String text) {
        return text.replaceAll("\uFFFD+", "\uFFFD");
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void runtimeAndLibraryAgree(String kind) throws IOException {
        byte[] json = TokenizerKinds.json(kind, learnt);
        try (CodeTokenizer library = CodeTokenizer.of(json, kind)) {
            agree(library, BytePairTokenizer.of(json, kind));
        }
    }

    @Test
    void anUnknownKindIsRefusedInOneLine() {
        String json = new String(TokenizerKinds.json("llama2", learnt), StandardCharsets.UTF_8)
                .replace("\"normalizers\":[", "\"normalizers\":[{\"type\":\"Lowercase\"},");
        try (CodeTokenizer library = CodeTokenizer.of(json.getBytes(StandardCharsets.UTF_8), "file")) {
            String message = assertThrows(BantamException.class, library::requirePackable)
                    .getMessage();
            assertTrue(
                    message.startsWith(
                            "a packed file cannot hold this tokenizer. file: normalizer.normalizers[0].type is"
                                    + " \"Lowercase\""),
                    message);
            assertEquals(1, message.lines().count());
        }
    }

    /** A protocol buffer as SentencePiece writes it. */
    private static byte[] sentencePiece(int algorithm, String map) {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        List<String> pieces = new ArrayList<>(List.of("<unk>", "<s>", "</s>", "▁<PRE>"));
        Kind[] kinds = {Kind.UNKNOWN, Kind.CONTROL, Kind.CONTROL, Kind.USER_DEFINED};
        for (int value = 0; value < 256; value++) {
            pieces.add("<0x%02X>".formatted(value));
        }
        pieces.addAll(TokenizerKinds.letterPieces(learnt));
        for (int id = 0; id < pieces.size(); id++) {
            ByteArrayOutputStream piece = new ByteArrayOutputStream();
            bytes(piece, 1, pieces.get(id).getBytes(StandardCharsets.UTF_8));
            piece.write(2 << 3 | 5);
            int bits = Float.floatToIntBits(id < 260 ? 0 : 260 - id);
            for (int shift = 0; shift < 32; shift += 8) {
                piece.write(bits >>> shift);
            }
            number(piece, 3, 1 + (id < 4 ? kinds[id] : id < 260 ? Kind.BYTE : Kind.NORMAL).ordinal());
            bytes(model, 1, piece.toByteArray());
        }
        ByteArrayOutputStream training = new ByteArrayOutputStream();
        number(training, 3, algorithm);
        number(training, 35, 1);
        bytes(model, 2, training.toByteArray());
        ByteArrayOutputStream normalizing = new ByteArrayOutputStream();
        bytes(normalizing, 1, "identity".getBytes(StandardCharsets.UTF_8));
        bytes(normalizing, 2, map.getBytes(StandardCharsets.UTF_8));
        number(normalizing, 3, 1);
        number(normalizing, 4, 0);
        number(normalizing, 5, 1);
        bytes(model, 3, normalizing.toByteArray());
        return model.toByteArray();
    }

    private static void varint(ByteArrayOutputStream out, int value) {
        int left = value;
        for (; left > 127; left >>>= 7) {
            out.write(left & 127 | 128);
        }
        out.write(left);
    }

    private static void number(ByteArrayOutputStream out, int field, int value) {
        varint(out, field << 3);
        varint(out, value);
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
        varint(out, field << 3 | 2);
        varint(out, value.length);
        out.writeBytes(value);
    }

    @Test
    void readsSentencePieceModels(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("tokenizer.model"), sentencePiece(2, ""));
        try (CodeTokenizer library = CodeTokenizer.open(folder)) {
            BytePairTokenizer own = BytePairTokenizer.of(library.json(), "model");
            agree(library, own);
            List<String> pieces = TokenizerKinds.letterPieces(learnt);
            for (String text : List.of("def get(self):\n\treturn  self.x1", "数 q é 12", "assertEquals(expected, 1);")) {
                assertArrayEquals(bySentencePiece(text, pieces), own.encode(text), text);
                assertEquals(text, own.decode(own.encode(text)));
            }
            assertEquals(3, own.encode("a <PRE>")[own.encode("a").length]);
            assertEquals(1, own.encode("<s>a")[0]);
            assertTrue(own.beginsTexts());
        }
    }

    @Test
    void readsThePiecesOfPlbartInTheOrderOfFairseq(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("sentencepiece.bpe.model"), sentencePiece(2, ""));
        try (CodeTokenizer library = CodeTokenizer.open(folder)) {
            int pieces = 4 + 1 + 256 + TokenizerKinds.letterPieces(learnt).size();
            assertEquals(0, library.id("<s>"));
            assertEquals(1, library.id("<pad>"));
            assertEquals(2, library.id("</s>"));
            assertEquals(3, library.id("<unk>"));
            assertEquals(pieces + 1, library.id("__python__"));
            assertEquals(pieces + 3, library.id("<mask>"));
            int[] ids = library.encode("def get(self): return x");
            assertEquals("def get(self): return x", library.decode(ids));
            assertEquals(pieces + 2, library.encode("get x __en_XX__")[library.encode("get x __en_XX__").length - 1]);
        }
    }

    @Test
    void readsTheWordPiecesOfBert(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nget\n##ter\n(\nself\n)\n");
        try (CodeTokenizer lower = CodeTokenizer.open(folder)) {
            assertArrayEquals(new int[] {5, 6, 7, 8, 9, 1}, lower.encode("Getter(self) what"));
            assertEquals(3, lower.id("[SEP]"));
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
        try (CodeTokenizer cased = CodeTokenizer.open(folder)) {
            assertArrayEquals(new int[] {1, 5}, cased.encode("Getter get"));
        }
    }

    /** SentencePiece's rule, said plainly: always the pair of the best piece, of equal ones the leftmost. */
    private static int[] bySentencePiece(String text, List<String> pieces) {
        Map<String, Integer> ids = new HashMap<>();
        pieces.forEach(piece -> ids.put(piece, 260 + ids.size()));
        List<String> parts = new ArrayList<>();
        ("▁" + text.replace(' ', '▁')).codePoints().forEach(c -> parts.add(Character.toString(c)));
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < parts.size(); i++) {
                Integer id = ids.get(parts.get(i) + parts.get(i + 1));
                if (id != null && (best < 0 || id < ids.get(parts.get(best) + parts.get(best + 1)))) {
                    best = i;
                }
            }
            if (best < 0) {
                break;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
        List<Integer> found = new ArrayList<>();
        for (String part : parts) {
            if (ids.containsKey(part)) {
                found.add(ids.get(part));
            } else {
                for (byte value : part.getBytes(StandardCharsets.UTF_8)) {
                    found.add(4 + (value & 0xff));
                }
            }
        }
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void refusesOtherSentencePieceModels(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.model");
        byte[] whole = sentencePiece(2, "");
        Map<byte[], String> wrong = Map.of(
                sentencePiece(1, ""),
                "of type 1; only BPE",
                sentencePiece(2, "abc"),
                "replaces characters",
                Arrays.copyOf(whole, whole.length - 3),
                "is damaged",
                "{}".getBytes(StandardCharsets.UTF_8),
                "is damaged");
        for (Map.Entry<byte[], String> entry : wrong.entrySet()) {
            Files.write(file, entry.getKey());
            String message = assertThrows(BantamException.class, () -> CodeTokenizer.open(folder))
                    .getMessage();
            assertTrue(message.startsWith(file + ": ") && message.contains(entry.getValue()), message);
        }
    }
}
