package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One object of a {@code tokenizer.json}; errors name the file and the place in it. */
final class TokenizerNode {
    /** The end of the message for a kind that is refused. */
    static final String ONLY =
            "which is not known here; BPE tokenizers can be read, byte-level or of SentencePiece's kind";

    private final Map<?, ?> values;
    private final String path;
    private final Object source;

    private TokenizerNode(Map<?, ?> values, String path, Object source) {
        this.values = values;
        this.path = path;
        this.source = source;
    }

    static TokenizerNode root(byte[] json, Object source) throws FormatException {
        return new TokenizerNode(Json.parseObject(new String(json, StandardCharsets.UTF_8), source), "", source);
    }

    /** A value as it is; null if it is missing. */
    Object value(String key) {
        return values.get(key);
    }

    boolean has(String key) {
        return values.get(key) != null;
    }

    Map<?, ?> values() {
        return values;
    }

    String type() throws FormatException {
        return string("type");
    }

    String string(String key) throws FormatException {
        if (values.get(key) instanceof String text) {
            return text;
        }
        throw unexpected(key, "a text");
    }

    boolean flag(String key, boolean missing) throws FormatException {
        Object value = values.get(key);
        if (value == null) {
            return missing;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw unexpected(key, "true or false");
    }

    int number(String key) throws FormatException {
        if (values.get(key) instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw unexpected(key, "a whole number from 0");
    }

    List<?> list(String key) throws FormatException {
        if (values.get(key) instanceof List<?> list) {
            return list;
        }
        throw unexpected(key, "a list");
    }

    TokenizerNode child(String key) throws FormatException {
        if (values.get(key) instanceof Map<?, ?> map) {
            return new TokenizerNode(map, path(key), source);
        }
        throw unexpected(key, "an object");
    }

    List<TokenizerNode> children(String key) throws FormatException {
        List<TokenizerNode> children = new ArrayList<>();
        for (Object item : list(key)) {
            String place = path(key) + "[" + children.size() + "]";
            if (!(item instanceof Map<?, ?> map)) {
                throw new FormatException(source, place + ": expected an object, found " + Json.write(item));
            }
            children.add(new TokenizerNode(map, place, source));
        }
        return children;
    }

    /** The steps of a {@code Sequence}, those of sequences within it too, or this one alone. */
    List<TokenizerNode> steps(String key) throws FormatException {
        if (!type().equals("Sequence")) {
            return List.of(this);
        }
        List<TokenizerNode> steps = new ArrayList<>();
        for (TokenizerNode child : children(key)) {
            steps.addAll(child.steps(key));
        }
        return steps;
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private FormatException unexpected(String key, String expected) {
        Object value = values.get(key);
        return error(key, value == null ? "is missing; expected " + expected : "expected " + expected);
    }

    /** The exception for a value that is damaged. */
    FormatException error(String key, String problem) {
        return new FormatException(source, path(key) + ": " + problem);
    }

    /** The exception for a value that only other readers understand. */
    FormatException unknown(String key) {
        return new FormatException(source, path(key) + " is " + Json.write(values.get(key)) + ", " + ONLY);
    }
}
