package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A tokenizer of the project's form with few tokens: the special ones, the bytes, and merges that a test wants. */
public final class TinyTokenizer {
    /** The special tokens in the order of their ids, from 0. */
    public static final List<String> SPECIAL =
            List.of("<s>", "</s>", "<pad>", "<|UNKNOWN|>", "<EOL>", "<STR_LIT>", "<NUM_LIT>", "<NUM_LIT:1>");

    private TinyTokenizer() {}

    /** The bytes of a {@code tokenizer.json}; each merge is two tokens with a space between, {@code Ġ} for a space. */
    public static byte[] json(String... merges) {
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        List<Object> added = new ArrayList<>();
        for (String token : SPECIAL) {
            int id = vocabulary.size();
            vocabulary.put(token, id);
            boolean strips = token.equals("<EOL>") || token.startsWith("<NUM_LIT");
            added.add(Map.of(
                    "id",
                    id,
                    "content",
                    token,
                    "single_word",
                    false,
                    "lstrip",
                    strips,
                    "rstrip",
                    false,
                    "normalized",
                    false,
                    "special",
                    id < 4));
        }
        for (int value = 0; value < 256; value++) {
            vocabulary.put(String.valueOf(ByteAlphabet.toChar(value)), vocabulary.size());
        }
        for (String merge : merges) {
            vocabulary.put(merge.replace(" ", ""), vocabulary.size());
        }
        Map<String, Object> byteLevel = Map.of("type", "ByteLevel", "add_prefix_space", false, "use_regex", true);
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("added_tokens", added);
        root.put("normalizer", null);
        root.put("pre_tokenizer", byteLevel);
        root.put(
                "decoder",
                Map.of("type", "Sequence", "decoders", List.of(replace("<EOL>"), replace("<NUM_LIT"), byteLevel)));
        root.put("model", Map.of("type", "BPE", "vocab", vocabulary, "merges", List.of(merges)));
        return Json.write(root).getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> replace(String text) {
        return Map.of("type", "Replace", "pattern", Map.of("String", text), "content", "Ġ" + text);
    }
}
