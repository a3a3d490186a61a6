package io.bantam.runtime.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Typed, strict access to the fields of one JSON object; errors name the file, the object and the field. */
final class JsonFields {
    private final String where;
    private final Map<String, Object> fields;
    private final TreeSet<String> unread;

    JsonFields(String where, Map<String, Object> fields) {
        this.where = where;
        this.fields = fields;
        this.unread = new TreeSet<>(fields.keySet());
    }

    static JsonFields parse(String text, String where) throws FormatException {
        return new JsonFields(where, Json.parseObject(text, where));
    }

    List<String> names() {
        return List.copyOf(fields.keySet());
    }

    String string(String key) throws FormatException {
        if (get(key) instanceof String value) {
            return value;
        }
        throw unexpected(key, "a string");
    }

    boolean bool(String key) throws FormatException {
        if (get(key) instanceof Boolean value) {
            return value;
        }
        throw unexpected(key, "true or false");
    }

    int integer(String key) throws FormatException {
        if (get(key) instanceof Long value && value == value.intValue()) {
            return value.intValue();
        }
        throw unexpected(key, "a whole number");
    }

    /** A token id; null, which stands for none, becomes -1. */
    int token(String key) throws FormatException {
        return get(key) == null ? -1 : integer(key);
    }

    float real(String key) throws FormatException {
        if (get(key) instanceof Number value) {
            return value.floatValue();
        }
        throw unexpected(key, "a number");
    }

    double number(String key) throws FormatException {
        if (get(key) instanceof Number value) {
            return value.doubleValue();
        }
        throw unexpected(key, "a number");
    }

    boolean isNull(String key) throws FormatException {
        return get(key) == null;
    }

    List<String> strings(String key) throws FormatException {
        if (!(get(key) instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
            throw unexpected(key, "a list of strings");
        }
        return list.stream().map(String.class::cast).toList();
    }

    List<Float> reals(String key) throws FormatException {
        if (!(get(key) instanceof List<?> list)) {
            throw unexpected(key, "a list of numbers");
        }
        List<Float> values = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof Number number)) {
                throw unexpected(key, "a list of numbers");
            }
            values.add(number.floatValue());
        }
        return values;
    }

    JsonFields object(String key) throws FormatException {
        if (get(key) instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked")
            Map<String, Object> object = (Map<String, Object>) map;
            return new JsonFields(where + " " + key, object);
        }
        throw unexpected(key, "an object");
    }

    void requireAllRead() throws FormatException {
        if (!unread.isEmpty()) {
            throw new FormatException(where, "unknown key '" + unread.first() + "'");
        }
    }

    FormatException error(String key, String problem) {
        return new FormatException(where, key + ": " + problem);
    }

    FormatException error(IllegalArgumentException problem) {
        return new FormatException(where, problem.getMessage(), problem);
    }

    private FormatException unexpected(String key, String expected) {
        return error(key, "expected " + expected + ", found " + Json.write(fields.get(key)));
    }

    private Object get(String key) throws FormatException {
        if (!fields.containsKey(key)) {
            throw new FormatException(where, "key '" + key + "' is missing");
        }
        unread.remove(key);
        return fields.get(key);
    }
}
