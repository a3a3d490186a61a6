package io.bantam.trainer.migrate;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.NearestWord;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** One object of a JSON configuration, read key by key, so that keys nobody asked for can be reported. */
final class Settings {
    private final JsonNode node;
    private final String path;
    private final List<String> notes;
    private final Set<String> asked = new LinkedHashSet<>();

    /**
     * @param path where the object is, such as {@code compression_training.layer_reduction}; empty for the whole
     * @param notes takes what {@link #finish} finds
     */
    Settings(JsonNode node, String path, List<String> notes) {
        this.node = node;
        this.path = path;
        this.notes = notes;
        if (!node.isObject() && !node.isMissingNode()) {
            throw new BantamException((path.isEmpty() ? "the file" : path) + " must be a JSON object.");
        }
    }

    boolean has(String key) {
        asked.add(key);
        return node.has(key) && !node.get(key).isNull();
    }

    String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    Settings object(String key) {
        return new Settings(has(key) ? node.get(key) : MissingNode.getInstance(), at(key), notes);
    }

    boolean flag(String key, boolean fallback) {
        if (!has(key)) {
            return fallback;
        }
        require(node.get(key).isBoolean(), key, "true or false");
        return node.get(key).booleanValue();
    }

    int integer(String key, int fallback) {
        if (!has(key) || isAuto(key)) {
            return fallback;
        }
        require(node.get(key).isInt(), key, "a whole number");
        return node.get(key).intValue();
    }

    double number(String key, double fallback) {
        if (!has(key) || isAuto(key)) {
            return fallback;
        }
        require(node.get(key).isNumber(), key, "a number");
        return node.get(key).doubleValue();
    }

    /** Returns a text value that must be one of some words. */
    String word(String key, String fallback, List<String> words) {
        if (!has(key)) {
            return fallback;
        }
        require(
                node.get(key).isString() && words.contains(node.get(key).stringValue()),
                key,
                String.join(" or ", words));
        return node.get(key).stringValue();
    }

    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (has(key)) {
            require(node.get(key).isArray(), key, "a list");
            for (JsonNode element : node.get(key)) {
                require(element.isString(), key, "a list of texts");
                texts.add(element.stringValue());
            }
        }
        return texts;
    }

    List<Integer> integers(String key) {
        List<Integer> numbers = new ArrayList<>();
        if (has(key)) {
            require(node.get(key).isArray(), key, "a list");
            for (JsonNode element : node.get(key)) {
                require(element.isInt(), key, "a list of whole numbers");
                numbers.add(element.intValue());
            }
        }
        return numbers;
    }

    /** Returns all keys that were asked for. */
    List<String> keys() {
        List<String> keys = new ArrayList<>(node.propertyNames());
        asked.addAll(keys);
        return keys;
    }

    /** Notes a key that is there but does nothing here. */
    void ignored(String key, String why) {
        if (has(key)) {
            notes.add(at(key) + ": " + why);
        }
    }

    /** Notes every key that nobody asked for. */
    void finish() {
        for (String key : node.propertyNames()) {
            if (!asked.contains(key)) {
                Optional<String> near = NearestWord.find(key, asked);
                notes.add(at(key) + ": DeepSpeed has no such key and left it alone"
                        + near.map(word -> "; '" + word + "' may be meant").orElse(""));
            }
        }
    }

    private boolean isAuto(String key) {
        boolean auto = node.get(key).isString() && node.get(key).stringValue().equals("auto");
        if (auto) {
            notes.add(
                    at(key) + ": 'auto' was filled in by the trainer around DeepSpeed; check the value in the recipe");
        }
        return auto;
    }

    private void require(boolean sound, String key, String what) {
        if (!sound) {
            throw new BantamException(at(key) + " must be " + what + ", not " + node.get(key) + ".");
        }
    }
}
