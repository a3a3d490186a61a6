package io.bantam.runtime.serve;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The fields of a request's JSON object. A field that is null counts as not given; those nobody asks for are ignored.
 */
final class RequestFields {
    private final Map<String, Object> fields;

    private RequestFields(Map<String, Object> fields) {
        this.fields = fields;
    }

    static RequestFields parse(String body) throws RefusedException {
        try {
            return new RequestFields(Json.parseObject(body, "the body"));
        } catch (FormatException malformed) {
            throw new RefusedException(400, malformed.getMessage());
        }
    }

    private static RefusedException wrong(String key, String expected) {
        return new RefusedException(400, key + ": expected " + expected);
    }

    private <T> T field(String key, Class<T> type, T fallback, String expected) throws RefusedException {
        Object value = fields.get(key);
        if (value == null) {
            return fallback;
        }
        if (!type.isInstance(value)) {
            throw wrong(key, expected);
        }
        return type.cast(value);
    }

    boolean has(String key) {
        return fields.get(key) != null;
    }

    String text(String key, String fallback) throws RefusedException {
        return field(key, String.class, fallback, "a string");
    }

    /** A string, or a list that holds one. */
    String oneText(String key) throws RefusedException {
        Object value = fields.get(key);
        if (value instanceof List<?> list && list.size() == 1) {
            value = list.getFirst();
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrong(key, "a string, or a list of one string; lists of tokens and several prompts are not supported");
    }

    /** A string, or a list of up to 16 strings that are not empty. */
    List<String> texts(String key) throws RefusedException {
        Object value = fields.get(key);
        List<String> texts = new ArrayList<>();
        List<?> items = value == null ? List.of() : value instanceof List<?> list ? list : List.of(value);
        for (Object item : items) {
            if (!(item instanceof String text) || text.isEmpty() || text.length() > 1000 || texts.size() == 16) {
                throw wrong(key, "a string, or up to 16 strings, each of 1 to 1,000 characters");
            }
            texts.add(text);
        }
        return texts;
    }

    boolean flag(String key) throws RefusedException {
        return field(key, Boolean.class, false, "true or false");
    }

    long whole(String key, long fallback) throws RefusedException {
        return field(key, Long.class, fallback, "a whole number");
    }

    float number(String key, float fallback) throws RefusedException {
        return field(key, Number.class, fallback, "a number").floatValue();
    }

    @SuppressWarnings("unchecked")
    RequestFields object(String key) throws RefusedException {
        return new RequestFields((Map<String, Object>) field(key, Map.class, Map.of(), "an object"));
    }
}
