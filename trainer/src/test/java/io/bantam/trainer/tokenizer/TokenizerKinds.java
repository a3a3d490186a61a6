package io.bantam.trainer.tokenizer;

import io.bantam.runtime.format.Json;
import io.bantam.runtime.tokenizer.ByteAlphabet;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Small tokenizers that are put together as those of the model families are: their normalizers, pre-tokenizers,
 * decoders and added tokens, with merges learnt from little text.
 */
public final class TokenizerKinds {
    /** Names of {@link #json}. */
    public static final List<String> ALL = List.of(
            "gpt2",
            "codegen",
            "qwen2",
            "llama3",
            "gpt4o",
            "starcoder2",
            "deepseek-coder",
            "deepseek-llm",
            "llama2",
            "codellama new",
            "incoder");

    private static final String QWEN2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String GPT4O = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
            + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|"
            + "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String CJK = "[一-龥\u0800-\u4e00가-\ud7ff]+";
    private static final String SPACE = "▁";

    private TokenizerKinds() {}

    /** A tokenizer.json. */
    public static byte[] json(String kind, BpeModel learnt) {
        Map<String, Object> root = switch (kind) {
            case "gpt2" -> byteLevel(learnt, null, level(true), false, special("<|endoftext|>"));
            case "codegen" ->
                byteLevel(
                        learnt,
                        null,
                        level(true),
                        false,
                        special("<|endoftext|>"),
                        plain("        ", true),
                        plain("    ", true),
                        plain("\t\t", true));
            case "qwen2" ->
                byteLevel(
                        learnt,
                        Map.of("type", "NFC"),
                        sequence(split(QWEN2), level(false)),
                        false,
                        special("<|endoftext|>"),
                        special("<|im_start|>"),
                        plain("<|fim_prefix|>", false),
                        plain("é!", true));
            case "llama3" ->
                byteLevel(
                        learnt,
                        null,
                        sequence(split(QWEN2.replace("|\\p{N}|", "|\\p{N}{1,3}|")), level(false)),
                        true,
                        special("<|begin_of_text|>"),
                        special("<|end_of_text|>"));
            case "gpt4o" ->
                byteLevel(learnt, null, sequence(split(GPT4O), level(false)), false, special("<|endoftext|>"));
            case "starcoder2" ->
                byteLevel(
                        learnt,
                        null,
                        sequence(Map.of("type", "Digits", "individual_digits", true), level(true)),
                        false,
                        special("<|endoftext|>"),
                        special("<file_sep>"));
            case "deepseek-coder" ->
                byteLevel(
                        learnt,
                        Map.of("type", "Sequence", "normalizers", List.of()),
                        sequence(
                                split("[\r\n]"),
                                split("\\s?\\p{L}+"),
                                split("\\s?\\p{P}+"),
                                split(CJK),
                                Map.of("type", "Digits", "individual_digits", true),
                                level(false)),
                        false,
                        special("<｜begin▁of▁sentence｜>"),
                        plain("õ", true),
                        plain("<|EOT|>", true));
            case "deepseek-llm" ->
                byteLevel(
                        learnt,
                        Map.of("type", "Sequence", "normalizers", List.of()),
                        sequence(
                                split("[\r\n]"),
                                split("\\s?[A-Za-zµÀ-ÖØ-öø-ƺ]+"),
                                split("\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+"),
                                split("\\s+$"),
                                split(CJK),
                                Map.of("type", "Digits", "individual_digits", true),
                                level(false)),
                        false,
                        special("<｜begin▁of▁sentence｜>"));
            // InCoder's merges reach over spaces within a line.
            case "incoder" ->
                byteLevel(
                        learnt,
                        null,
                        sequence(
                                Map.of(
                                        "type",
                                        "Split",
                                        "pattern",
                                        Map.of("String", "\n"),
                                        "behavior",
                                        "MergedWithPrevious",
                                        "invert",
                                        false),
                                level(false)),
                        false,
                        special("<|endoftext|>"),
                        plain("<|mask:0|>", false));
            case "llama2" ->
                letters(
                        learnt,
                        sequenceOf("normalizers", Map.of("type", "Prepend", "prepend", SPACE), replace(" ", SPACE)),
                        null);
            case "codellama new" ->
                letters(
                        learnt,
                        null,
                        Map.of("type", "Metaspace", "replacement", SPACE, "prepend_scheme", "first", "split", false));
            default -> throw new IllegalArgumentException(kind);
        };
        return Json.write(root).getBytes(StandardCharsets.UTF_8);
    }

    @SafeVarargs
    private static Map<String, Object> byteLevel(
            BpeModel learnt, Object normalizer, Object cutter, boolean ignoreMerges, Map<String, Object>... added) {
        String[] texts = learnt.tokenTexts();
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        for (String text : texts) {
            vocabulary.put(text, vocabulary.size());
        }
        List<Object> merges = new ArrayList<>();
        learnt.merges().forEach(merge -> merges.add(texts[merge.left()] + " " + texts[merge.right()]));
        if (ignoreMerges) {
            // A whole word that no merge makes.
            vocabulary.put("Ġignored", vocabulary.size());
        }
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "BPE");
        model.put("ignore_merges", ignoreMerges);
        model.put("vocab", vocabulary);
        model.put("merges", merges);
        return root(normalizer, cutter, level(true), model, withSpecial(learnt, List.of(added)));
    }

    private static Map<String, Object> letters(BpeModel learnt, Object normalizer, Object cutter) {
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        for (String text : List.of("<unk>", "<s>", "</s>")) {
            vocabulary.put(text, vocabulary.size());
        }
        for (int value = 0; value < 256; value++) {
            vocabulary.put("<0x%02X>".formatted(value), vocabulary.size());
        }
        List<String> pieces = letterPieces(learnt);
        List<Object> merges = new ArrayList<>();
        pieces.forEach(piece -> vocabulary.put(piece, vocabulary.size()));
        for (String piece : pieces) {
            for (int i = piece.length() - 1; i > 0; i--) {
                if (vocabulary.containsKey(piece.substring(0, i)) && vocabulary.containsKey(piece.substring(i))) {
                    merges.add(piece.substring(0, i) + " " + piece.substring(i));
                }
            }
        }
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "BPE");
        model.put("unk_token", "<unk>");
        model.put("fuse_unk", true);
        model.put("byte_fallback", true);
        model.put("vocab", vocabulary);
        model.put("merges", merges);
        Map<String, Object> decoder = sequenceOf(
                "decoders",
                replace(SPACE, " "),
                Map.of("type", "ByteFallback"),
                Map.of("type", "Fuse"),
                Map.of("type", "Strip", "content", " ", "start", 1, "stop", 0));
        return root(
                normalizer,
                cutter,
                decoder,
                model,
                withSpecial(learnt, List.of(special("<unk>"), special("<s>"), special("</s>"))));
    }

    /**
     * Letters and learnt pieces with {@code ▁} for spaces: single letters first, then what merges made, in its order.
     */
    public static List<String> letterPieces(BpeModel learnt) {
        List<String> letters = new ArrayList<>();
        List<String> longer = new ArrayList<>();
        String[] texts = learnt.tokenTexts();
        int first = learnt.specialTokens().tokens().size();
        for (String token : Arrays.copyOfRange(texts, first, texts.length)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            token.chars()
                    .filter(c -> ByteAlphabet.toByte((char) c) >= 0)
                    .forEach(c -> bytes.write(ByteAlphabet.toByte((char) c)));
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes.toByteArray()))
                        .toString()
                        .replace(" ", SPACE);
                if (text.codePointCount(0, text.length()) > 1) {
                    longer.add(text);
                } else if (!text.isEmpty() && text.charAt(0) >= ' ' && text.charAt(0) != 127) {
                    letters.add(text);
                }
            } catch (CharacterCodingException partOfALetter) {
                continue;
            }
        }
        letters.remove("q");
        letters.remove(SPACE);
        letters.add(SPACE);
        // A merge needs its parts, so pieces with the missing letter go too.
        longer.removeIf(piece -> piece.contains("q") || !piece.chars().allMatch(c -> letters.contains("" + (char) c)));
        letters.addAll(longer);
        return letters.stream().distinct().toList();
    }

    private static Map<String, Object> root(
            Object normalizer,
            Object cutter,
            Object decoder,
            Map<String, Object> model,
            List<Map<String, Object>> added) {
        @SuppressWarnings("unchecked")
        Map<String, Object> vocabulary = (Map<String, Object>) model.get("vocab");
        List<Object> tokens = new ArrayList<>();
        int next = vocabulary.size();
        for (Map<String, Object> token : added) {
            Map<String, Object> entry = new LinkedHashMap<>(token);
            Object id = vocabulary.get(token.get("content"));
            entry.put("id", id == null ? next++ : id);
            tokens.add(entry);
        }
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("version", "1.0");
        root.put("added_tokens", tokens);
        root.put("normalizer", normalizer);
        root.put("pre_tokenizer", cutter);
        root.put("post_processor", null);
        root.put("decoder", decoder);
        root.put("model", model);
        return root;
    }

    /** Those of the learnt tokenizer too. */
    private static List<Map<String, Object>> withSpecial(BpeModel learnt, List<Map<String, Object>> added) {
        List<Map<String, Object>> all = new ArrayList<>(added);
        learnt.specialTokens().tokens().stream()
                .map(token -> token(token, false, SpecialTokens.isControl(token)))
                .filter(token -> !all.contains(token))
                .forEach(all::add);
        return all;
    }

    private static Map<String, Object> special(String content) {
        return token(content, false, true);
    }

    private static Map<String, Object> plain(String content, boolean normalized) {
        return token(content, normalized, false);
    }

    private static Map<String, Object> token(String content, boolean normalized, boolean special) {
        return Map.of(
                "content",
                content,
                "single_word",
                false,
                "lstrip",
                false,
                "rstrip",
                false,
                "normalized",
                normalized,
                "special",
                special);
    }

    private static Map<String, Object> level(boolean regex) {
        return Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", regex);
    }

    private static Map<String, Object> split(String regex) {
        return Map.of("type", "Split", "pattern", Map.of("Regex", regex), "behavior", "Isolated", "invert", false);
    }

    private static Map<String, Object> replace(String from, String to) {
        return Map.of("type", "Replace", "pattern", Map.of("String", from), "content", to);
    }

    private static Map<String, Object> sequence(Object... steps) {
        return sequenceOf("pretokenizers", steps);
    }

    private static Map<String, Object> sequenceOf(String key, Object... steps) {
        return Map.of("type", "Sequence", key, List.of(steps));
    }
}
