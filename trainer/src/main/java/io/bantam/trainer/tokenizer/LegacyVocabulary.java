package io.bantam.trainer.tokenizer;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.tokenizer.TokenizerJson.AddedToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tokenizer of GPT-2 models from before {@code tokenizer.json}: {@code vocab.json} with the ids, {@code merges.txt}
 * with one pair a line, and optionally {@code added_tokens.json} and {@code special_tokens_map.json} with the whole
 * items. Put together they are a {@code tokenizer.json}; whole items are found as they stand, spaces around them
 * untouched.
 */
final class LegacyVocabulary {

    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";

    private LegacyVocabulary() {}

    /** Returns whether the two necessary files are in a folder. */
    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(VOCABULARY)) && Files.isRegularFile(folder.resolve(MERGES));
    }

    static byte[] toTokenizerJson(Path folder) throws IOException {
        requireGpt2(folder.resolve("tokenizer_config.json"));
        Map<String, Integer> vocabulary = ids(folder.resolve(VOCABULARY));
        Map<String, Integer> added = added(folder);
        TreeSet<String> control = control(folder);
        for (String token : control) {
            Integer id = vocabulary.get(token);
            if (id != null) {
                added.putIfAbsent(token, id);
            }
        }
        List<AddedToken> tokens = new ArrayList<>();
        added.forEach((token, id) -> tokens.add(new AddedToken(id, token, false, control.contains(token))));
        tokens.sort(Comparator.comparingInt(AddedToken::id));
        List<String> merges = Files.readAllLines(folder.resolve(MERGES)).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                .toList();
        return TokenizerJson.toJson(vocabulary, merges, tokens).getBytes(StandardCharsets.UTF_8);
    }

    /** Refuses tokenizers that share these file names but split text by another pattern: only GPT-2's is known. */
    private static void requireGpt2(Path file) throws IOException {
        String name = Files.exists(file) ? read(file).path("tokenizer_class").asString("") : "";
        if (name.startsWith("Qwen2")) {
            throw new BantamException(
                    file + ": a " + name + " needs a tokenizer.json, which the folder lacks. Download it too.");
        }
    }

    /** The whole items of {@code added_tokens.json}. */
    static Map<String, Integer> added(Path folder) throws IOException {
        Path file = folder.resolve("added_tokens.json");
        return Files.exists(file) ? ids(file) : new LinkedHashMap<>();
    }

    /** The whole items of {@code special_tokens_map.json}. */
    static TreeSet<String> control(Path folder) throws IOException {
        var control = new TreeSet<String>();
        Path file = folder.resolve("special_tokens_map.json");
        if (Files.exists(file)) {
            read(file).forEach(value -> collect(value, control));
        }
        return control;
    }

    /** A special token is a text, an object with a content, or a list of such. */
    private static void collect(JsonNode value, TreeSet<String> tokens) {
        if (value.isString()) {
            tokens.add(value.stringValue());
        } else if (value.path("content").isString()) {
            tokens.add(value.get("content").stringValue());
        } else if (value.isArray()) {
            value.forEach(item -> collect(item, tokens));
        }
    }

    private static Map<String, Integer> ids(Path file) throws IOException {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : read(file).properties()) {
            if (!entry.getValue().isInt()) {
                throw new BantamException(file + ": expected a token id for '" + entry.getKey() + "', found "
                        + entry.getValue() + ". The file is damaged.");
            }
            ids.put(entry.getKey(), entry.getValue().intValue());
        }
        return ids;
    }

    private static JsonNode read(Path file) throws IOException {
        try {
            return JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new BantamException(file + ": damaged, it is no JSON. Copy or download it again.", e);
        }
    }
}
