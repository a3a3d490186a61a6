package io.bantam.trainer.tokenizer;

import io.bantam.trainer.BantamException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Bantam itself needs to know of a {@code tokenizer.json}: the ids, and which spaces its special tokens take.
 *
 * @param tokens text of every id, in the file's own alphabet; null where ids leave a hole
 * @param ids id of every text
 * @param spaceTakers added tokens with {@code lstrip}
 * @param cutsAtSpaces whether encoding the parts of a text that is cut before a space gives the same ids as encoding
 *     the text: true for byte-level BPE as {@link TokenizerJson} writes it
 */
record Vocabulary(String[] tokens, Map<String, Integer> ids, Set<String> spaceTakers, boolean cutsAtSpaces) {

    /** No model needs more; a larger id is a damaged file, not a reason to take all memory. */
    private static final int LARGEST_ID = 1 << 24;

    static Vocabulary parse(byte[] json, String source) {
        JsonNode root = read(json, source);
        JsonNode model = root.path("model");
        if (!model.path("vocab").isObject()) {
            throw new BantamException(source + ": no Hugging Face tokenizer, model.vocab is missing. Give the "
                    + "tokenizer.json that belongs to the model.");
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        model.get("vocab").properties().forEach(entry -> ids.put(entry.getKey(), id(entry.getValue(), source)));
        JsonNode added = root.path("added_tokens");
        added.forEach(token -> ids.put(content(token, source), id(token.path("id"), source)));
        if (ids.isEmpty()) {
            throw new BantamException(source + ": the vocabulary is empty");
        }
        var tokens = new String
                [ids.values().stream().mapToInt(Integer::intValue).max().getAsInt() + 1];
        ids.forEach((text, id) -> tokens[id] = text);
        Set<String> spaceTakers = added.valueStream()
                .filter(token -> token.path("lstrip").asBoolean(false))
                .map(token -> content(token, source))
                .collect(Collectors.toUnmodifiableSet());
        return new Vocabulary(tokens, Map.copyOf(ids), spaceTakers, cutsAtSpaces(root));
    }

    private static JsonNode read(byte[] json, String source) {
        try {
            return JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            var at = e.getLocation();
            String place = at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
            throw new BantamException(
                    source + place + ": the tokenizer is damaged, it is no JSON. Copy or download it again.", e);
        }
    }

    private static int id(JsonNode node, String source) {
        if (!node.isInt() || node.intValue() < 0 || node.intValue() > LARGEST_ID) {
            throw new BantamException(source + ": expected a token id of 0 to " + LARGEST_ID + ", found " + node
                    + ". The file is damaged.");
        }
        return node.intValue();
    }

    private static String content(JsonNode token, String source) {
        if (!token.path("content").isString()) {
            throw new BantamException(source + ": an added token has no content. The file is damaged.");
        }
        return token.get("content").stringValue();
    }

    private static boolean cutsAtSpaces(JsonNode root) {
        JsonNode cutter = root.path("pre_tokenizer");
        if (!root.path("model").path("type").asString("").equals("BPE")
                || !(root.path("normalizer").isNull() || root.path("normalizer").isMissingNode())
                || !cutter.path("type").asString("").equals("ByteLevel")
                || cutter.path("add_prefix_space").asBoolean(true)
                || !cutter.path("use_regex").asBoolean(true)) {
            return false;
        }
        return root.path("added_tokens")
                .valueStream()
                .noneMatch(token -> token.path("rstrip").asBoolean(false)
                        || token.path("single_word").asBoolean(false)
                        || token.path("content").asString("").chars().anyMatch(Character::isWhitespace));
    }
}
