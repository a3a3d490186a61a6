package io.bantam.runtime.python;

import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The literals that the PY150 normal form keeps: 200 frequent strings and 30 frequent numbers, from CodeXGLUE (MIT).
 * Every other string or number becomes a placeholder without text.
 */
final class Literals {

    private static final Literals PY150 = load("py150_literals.json");

    private final Set<String> strings;
    private final Set<String> numbers;

    private Literals(Set<String> strings, Set<String> numbers) {
        this.strings = strings;
        this.numbers = numbers;
    }

    /**
     * Returns the literals of PY150.
     *
     * @return the one instance
     */
    static Literals py150() {
        return PY150;
    }

    /** The placeholder of a string's text, its spaces and commas escaped. */
    String ofString(String escaped) {
        return strings.contains(escaped) ? "<STR_LIT:" + escaped + ">" : "<STR_LIT>";
    }

    /** The placeholder of a number as it is spelt. */
    String ofNumber(String spelling) {
        return numbers.contains(spelling) ? "<NUM_LIT:" + spelling + ">" : "<NUM_LIT>";
    }

    private static Literals load(String resource) {
        try (InputStream in = Literals.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("resource " + resource + " is missing beside " + Literals.class);
            }
            Map<String, Object> root =
                    Json.parseObject(new String(in.readAllBytes(), StandardCharsets.UTF_8), resource);
            return new Literals(texts(root.get("str")), texts(root.get("num")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> texts(Object array) {
        Set<String> texts = new HashSet<>();
        ((List<?>) array).forEach(text -> texts.add((String) text));
        return texts;
    }
}
