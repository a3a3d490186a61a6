package io.bantam.trainer.hub;

import io.bantam.runtime.format.Json;
import io.bantam.runtime.format.ModelConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

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

    /** Takes a number in double precision. */
    double number(String key, double missing) {
        Object value = take(key, missing);
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        problem(key + " is " + Json.write(value) + "; expected a number");
        return missing;
    }

    /** Takes true or false. */
    boolean flag(String key, boolean missing) {
        Object value = take(key, missing);
        if (value instanceof Boolean flag) {
            return flag;
        }
        problem(key + " is " + Json.write(value) + "; expected true or false");
        return missing;
    }

    /** Takes a token id, the first if there are several; -1 if there is none. */
    int firstToken(String key) {
        if (left.get(key) instanceof List<?> several && !several.isEmpty()) {
            left.put(key, several.getFirst());
        }
        return token(key);
    }

    /** Takes the token id that ends a line: {@code eol_token_id}, else {@code sep_token_id}; -1 if there is none. */
    int lineEnd() {
        int separator = token("sep_token_id");
        return left.get("eol_token_id") == null ? separator : token("eol_token_id");
    }

    /** Makes the shape, unless there are problems already; what it refuses becomes one. Null after a problem. */
    <C extends ModelConfig> C config(Supplier<C> shape) {
        if (problems.isEmpty()) {
            try {
                return shape.get();
            } catch (IllegalArgumentException problem) {
                problem(problem.getMessage());
            }
        }
        return null;
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
