package io.bantam.trainer.hub;

import io.bantam.runtime.format.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Takes typed values out of a {@code config.json} and gathers what is wrong with them. */
final class ConfigKeys {

    private final Map<String, Object> left;
    private final List<String> problems = new ArrayList<>();

    ConfigKeys(Map<String, Object> json) {
        this.left = new LinkedHashMap<>(json);
    }

    void problem(String text) {
        problems.add(text);
    }

    List<String> problems() {
        return problems;
    }

    /** Returns the keys that nobody has taken. */
    Map<String, Object> untouched() {
        return left;
    }

    /** Takes a value; a missing or null one is the default. */
    Object take(String key, Object missing) {
        Object value = left.remove(key);
        return value == null ? missing : value;
    }

    /** Takes a value of which only one can be computed with. */
    void require(String key, Object missing, Object expected, String reason) {
        Object value = take(key, missing);
        if (!value.equals(expected)) {
            problem(key + " is " + Json.write(value) + ": " + reason);
        }
    }

    /** Takes a whole number from 1; 1 after a problem, so that the others are still looked at. */
    int integer(String key, Integer missing) {
        Object value = take(key, missing);
        if (value instanceof Integer number) {
            return number;
        }
        if (value instanceof Long number && number >= 1 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        problem(
                value == null
                        ? key + " is missing"
                        : key + " is " + Json.write(value) + "; expected a whole number from 1");
        return 1;
    }

    /** Takes a whole number, or null if there is none. */
    Integer optionalInteger(String key) {
        return left.get(key) == null ? null : integer(key, null);
    }

    /** Takes a number. */
    float real(String key, float missing) {
        Object value = take(key, missing);
        if (value instanceof Number number) {
            return number.floatValue();
        }
        problem(key + " is " + Json.write(value) + "; expected a number");
        return missing;
    }

    /** Takes a token id; -1 if there is none. */
    int token(String key) {
        Object value = take(key, -1L);
        if (value instanceof Long id && id >= -1 && id <= Integer.MAX_VALUE) {
            return id.intValue();
        }
        problem(key + " is " + Json.write(value) + "; expected one token id");
        return -1;
    }
}
