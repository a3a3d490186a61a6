package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a {@code tokenizer.json} says, checked: byte-level BPE without normalizer, GPT-2's pattern, whole added tokens, and a
 * decoder that is {@code ByteLevel}, alone or after replacements of fixed text.
 *
 * @param ids the id of every token as the file writes it
 * @param texts the bytes that every id is decoded to; empty for holes
 * @param added added tokens, each with whether it takes the white space before it
 * @param control ids of added tokens that are marked as special
 * @param byteIds the id of every byte value
 * @param merges ids of left part, right part and the whole, in the order in which they were learnt
 */
record TokenizerFile(
        Map<String, Integer> ids,
        byte[][] texts,
        Map<String, Boolean> added,
        Set<Integer> control,
        int[] byteIds,
        List<int[]> merges) {
    /** No model needs more; a larger id is a damaged file, not a reason to take all memory. */
    private static final int LARGEST_ID = 1 << 24;

    private static final String ONLY = "this reader does not know; it reads byte-level BPE as GPT-2 has it";

    private record Replacement(String from, String to) {}

    static TokenizerFile parse(byte[] json, Object source) throws FormatException {
        return new Parser(source).parse(json);
    }

    /** Reads one file; errors name it. */
    private static final class Parser {
        private final Object source;

        Parser(Object source) {
            this.source = source;
        }

        TokenizerFile parse(byte[] json) throws FormatException {
            Map<String, Object> root = Json.parseObject(new String(json, StandardCharsets.UTF_8), source);
            Map<String, Object> model = object(root, "model");
            require("model.type", "BPE", model.getOrDefault("type", "BPE"));
            require("normalizer", null, root.get("normalizer"));
            for (String key : List.of("dropout", "continuing_subword_prefix", "end_of_word_suffix")) {
                // The Hugging Face library writes an empty text for none.
                Object value = model.get(key);
                require("model." + key, null, "".equals(value) ? null : value);
            }
            require("model.ignore_merges", false, model.getOrDefault("ignore_merges", false));
            Map<String, Object> cutter = object(root, "pre_tokenizer");
            require("pre_tokenizer.type", "ByteLevel", cutter.get("type"));
            require("pre_tokenizer.add_prefix_space", false, cutter.get("add_prefix_space"));
            require("pre_tokenizer.use_regex", true, cutter.getOrDefault("use_regex", true));

            Map<String, Integer> ids = new HashMap<>();
            for (Map.Entry<String, Object> entry : object(model, "vocab").entrySet()) {
                ids.put(entry.getKey(), id(entry.getValue()));
            }
            List<int[]> merges = merges(list(model.get("merges"), "model.merges"), ids);
            int[] byteIds = new int[256];
            for (int value = 0; value < byteIds.length; value++) {
                Integer id = ids.get(String.valueOf(ByteAlphabet.toChar(value)));
                if (id == null) {
                    throw new FormatException(source, "model.vocab has no token for the byte " + value);
                }
                byteIds[value] = id;
            }
            Map<String, Boolean> added = new LinkedHashMap<>();
            Set<Integer> control = new HashSet<>();
            Object items = root.get("added_tokens");
            for (Object item : items == null ? List.of() : list(items, "added_tokens")) {
                added(item, ids, added, control);
            }
            return new TokenizerFile(
                    ids, texts(ids, replacements(root.get("decoder"))), added, control, byteIds, merges);
        }

        private void added(Object item, Map<String, Integer> ids, Map<String, Boolean> added, Set<Integer> control)
                throws FormatException {
            if (!(item instanceof Map<?, ?> token)
                    || !(token.get("content") instanceof String content)
                    || content.isEmpty()) {
                throw new FormatException(source, "added_tokens: expected objects with a content, found " + item);
            }
            for (String key : List.of("rstrip", "single_word")) {
                if (Boolean.TRUE.equals(token.get(key))) {
                    throw new FormatException(
                            source, "the added token '" + content + "' has " + key + ", which " + ONLY);
                }
            }
            if (content.chars().anyMatch(Character::isWhitespace)) {
                throw new FormatException(source, "the added token '" + content + "' has white space, which " + ONLY);
            }
            int id = id(token.get("id"));
            ids.put(content, id);
            added.put(content, Boolean.TRUE.equals(token.get("lstrip")));
            if (Boolean.TRUE.equals(token.get("special"))) {
                control.add(id);
            }
        }

        private List<int[]> merges(List<?> items, Map<String, Integer> ids) throws FormatException {
            List<int[]> merges = new ArrayList<>(items.size());
            for (Object item : items) {
                String left = null;
                String right = null;
                if (item instanceof String text && text.indexOf(' ') > 0) {
                    left = text.substring(0, text.indexOf(' '));
                    right = text.substring(text.indexOf(' ') + 1);
                } else if (item instanceof List<?> pair && pair.size() == 2) {
                    left = String.valueOf(pair.get(0));
                    right = String.valueOf(pair.get(1));
                }
                Integer leftId = ids.get(left);
                Integer rightId = ids.get(right);
                Integer whole = left == null ? null : ids.get(left + right);
                if (leftId == null || rightId == null || whole == null) {
                    throw new FormatException(
                            source,
                            "model.merges[" + merges.size() + "]: " + item + " does not join two tokens to a third");
                }
                merges.add(new int[] {leftId, rightId, whole});
            }
            return merges;
        }

        private List<Replacement> replacements(Object decoder) throws FormatException {
            List<Replacement> replacements = new ArrayList<>();
            if (!(decoder instanceof Map<?, ?> map)) {
                throw new FormatException(source, "decoder: expected ByteLevel, found " + decoder);
            }
            List<?> steps = "Sequence".equals(map.get("type")) ? list(map.get("decoders"), "decoders") : List.of(map);
            for (int i = 0; i < steps.size(); i++) {
                Map<?, ?> step = steps.get(i) instanceof Map<?, ?> object ? object : Map.of();
                boolean last = i == steps.size() - 1;
                if (last && "ByteLevel".equals(step.get("type"))) {
                    return replacements;
                }
                if (last
                        || !"Replace".equals(step.get("type"))
                        || !(step.get("pattern") instanceof Map<?, ?> pattern)
                        || !(pattern.get("String") instanceof String from)
                        || !(step.get("content") instanceof String to)) {
                    break;
                }
                replacements.add(new Replacement(from, to));
            }
            throw new FormatException(
                    source, "decoder: expected ByteLevel, alone or after replacements of fixed text; another " + ONLY);
        }

        private byte[][] texts(Map<String, Integer> ids, List<Replacement> replacements) throws FormatException {
            int size =
                    1 + ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
            byte[][] texts = new byte[size][];
            Arrays.fill(texts, new byte[0]);
            for (Map.Entry<String, Integer> entry : ids.entrySet()) {
                String text = entry.getKey();
                for (Replacement replacement : replacements) {
                    text = text.replace(replacement.from, replacement.to);
                }
                texts[entry.getValue()] = bytes(text);
            }
            return texts;
        }

        /** A token outside of the alphabet is text as it stands. */
        private static byte[] bytes(String text) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int i = 0; i < text.length(); i++) {
                int value = ByteAlphabet.toByte(text.charAt(i));
                if (value < 0) {
                    return text.getBytes(StandardCharsets.UTF_8);
                }
                bytes.write(value);
            }
            return bytes.toByteArray();
        }

        private int id(Object value) throws FormatException {
            if (value instanceof Long id && id >= 0 && id <= LARGEST_ID) {
                return id.intValue();
            }
            throw new FormatException(source, "expected a token id of 0 to " + LARGEST_ID + ", found " + value);
        }

        private Map<String, Object> object(Map<String, Object> parent, String key) throws FormatException {
            if (parent.get(key) instanceof Map<?, ?> map) {
                @SuppressWarnings("unchecked")
                Map<String, Object> object = (Map<String, Object>) map;
                return object;
            }
            throw new FormatException(source, "no Hugging Face tokenizer: " + key + " is missing");
        }

        private List<?> list(Object value, String what) throws FormatException {
            if (value instanceof List<?> list) {
                return list;
            }
            throw new FormatException(source, what + ": expected a list");
        }

        private void require(String key, Object expected, Object found) throws FormatException {
            if (expected == null ? found != null : !expected.equals(found)) {
                throw new FormatException(
                        source, key + ": expected " + expected + ", found " + found + "; another " + ONLY);
            }
        }
    }
}
