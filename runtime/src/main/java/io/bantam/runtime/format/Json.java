package io.bantam.runtime.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A small strict JSON reader and writer (RFC 8259) for the headers of model files.
 *
 * <p>Values are plain Java: {@code Map<String, Object>} in the order of the text, {@code List<Object>}, {@code String},
 * {@code Boolean}, {@code null}, {@code Long} for a number written without fraction and exponent that fits, else {@code
 * Double}. Duplicate keys, trailing text, comments, NaN and nesting deeper than 64 are refused.
 */
public final class Json {
    private static final int MAXIMUM_DEPTH = 64;

    private final String text;
    private final Object source;
    private int position;

    private Json(String text, Object source) {
        this.text = text;
        this.source = source;
    }

    /**
     * Reads one JSON value.
     *
     * @param text the whole text
     * @param source what the text belongs to (a path, a key), named in errors
     * @throws FormatException if the text is not exactly one JSON value
     */
    public static Object parse(String text, Object source) throws FormatException {
        Json json = new Json(text, source);
        json.skipSpace();
        Object value = json.value(0);
        json.skipSpace();
        if (json.position < text.length()) {
            throw json.error("expected the end of the text");
        }
        return value;
    }

    /** Reads a JSON object; as {@link #parse} otherwise. */
    public static Map<String, Object> parseObject(String text, Object source) throws FormatException {
        if (parse(text, source) instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked")
            Map<String, Object> object = (Map<String, Object>) map;
            return object;
        }
        throw new FormatException(source, "expected a JSON object");
    }

    /**
     * Writes a value as JSON without spaces; map keys keep their order.
     *
     * @param value maps with string keys, iterables, strings, finite numbers, booleans or null
     * @throws IllegalArgumentException for anything else
     */
    public static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case String string -> writeString(string, out);
            case Boolean bool -> out.append(bool);
            case Float number -> writeNumber(number, Float.isFinite(number), out);
            case Double number -> writeNumber(number, Double.isFinite(number), out);
            case Number number -> out.append(number);
            case Map<?, ?> map -> {
                out.append('{');
                String separator = "";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator);
                    writeString((String) entry.getKey(), out);
                    out.append(':');
                    write(entry.getValue(), out);
                    separator = ",";
                }
                out.append('}');
            }
            case Iterable<?> list -> {
                out.append('[');
                String separator = "";
                for (Object element : list) {
                    out.append(separator);
                    write(element, out);
                    separator = ",";
                }
                out.append(']');
            }
            default ->
                throw new IllegalArgumentException(
                        "JSON cannot hold a " + value.getClass().getName());
        }
    }

    private static void writeNumber(Number number, boolean finite, StringBuilder out) {
        if (!finite) {
            throw new IllegalArgumentException("JSON cannot hold the number " + number);
        }
        out.append(number);
    }

    private static void writeString(String string, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    // Surrogates are escaped so that a lone one survives the UTF-8 encoding of the header.
                    if (c < 0x20 || Character.isSurrogate(c)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private Object value(int depth) throws FormatException {
        if (depth > MAXIMUM_DEPTH) {
            throw error("nested deeper than " + MAXIMUM_DEPTH);
        }
        if (position == text.length()) {
            throw error("expected a value");
        }
        char c = text.charAt(position);
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> literal("true", Boolean.TRUE);
            case 'f' -> literal("false", Boolean.FALSE);
            case 'n' -> literal("null", null);
            default -> number();
        };
    }

    private Map<String, Object> object(int depth) throws FormatException {
        Map<String, Object> map = new LinkedHashMap<>();
        position++;
        skipSpace();
        if (accept('}')) {
            return map;
        }
        while (true) {
            skipSpace();
            if (position == text.length() || text.charAt(position) != '"') {
                throw error("expected a key in quotes");
            }
            String key = string();
            if (map.containsKey(key)) {
                throw error("duplicate key '" + key + "'");
            }
            skipSpace();
            if (!accept(':')) {
                throw error("expected ':' after key '" + key + "'");
            }
            skipSpace();
            map.put(key, value(depth + 1));
            skipSpace();
            if (accept('}')) {
                return map;
            }
            if (!accept(',')) {
                throw error("expected ',' or '}'");
            }
        }
    }

    private List<Object> array(int depth) throws FormatException {
        List<Object> list = new ArrayList<>();
        position++;
        skipSpace();
        if (accept(']')) {
            return list;
        }
        while (true) {
            skipSpace();
            list.add(value(depth + 1));
            skipSpace();
            if (accept(']')) {
                return list;
            }
            if (!accept(',')) {
                throw error("expected ',' or ']'");
            }
        }
    }

    private String string() throws FormatException {
        position++;
        StringBuilder out = new StringBuilder();
        while (true) {
            if (position == text.length()) {
                throw error("unfinished string");
            }
            char c = text.charAt(position++);
            if (c == '"') {
                return out.toString();
            }
            if (c < 0x20) {
                position--;
                throw error("control character in a string");
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws FormatException {
        if (position == text.length()) {
            throw error("unfinished string");
        }
        char c = text.charAt(position++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = position < text.length() ? hexDigit(text.charAt(position)) : -1;
                    if (digit < 0) {
                        throw error("expected four hexadecimal digits after \\u");
                    }
                    code = code << 4 | digit;
                    position++;
                }
                yield (char) code;
            }
            default -> throw error("unknown escape \\" + c);
        };
    }

    private static int hexDigit(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }

    private Object literal(String literal, Object value) throws FormatException {
        if (!text.startsWith(literal, position)) {
            throw error("expected a value");
        }
        position += literal.length();
        return value;
    }

    private Object number() throws FormatException {
        int start = position;
        accept('-');
        if (!accept('0')) {
            digits("expected a value");
        }
        boolean integral = true;
        if (accept('.')) {
            integral = false;
            digits("expected digits after '.'");
        }
        if (accept('e') || accept('E')) {
            integral = false;
            if (!accept('+')) {
                accept('-');
            }
            digits("expected digits in the exponent");
        }
        String number = text.substring(start, position);
        if (integral) {
            try {
                return Long.valueOf(number);
            } catch (NumberFormatException tooLong) {
                return finite(number);
            }
        }
        return finite(number);
    }

    private Double finite(String number) throws FormatException {
        double value = Double.parseDouble(number);
        if (!Double.isFinite(value)) {
            throw error("the number is too large");
        }
        return value;
    }

    private void digits(String problem) throws FormatException {
        int start = position;
        while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
            position++;
        }
        if (position == start) {
            throw error(problem);
        }
    }

    private boolean accept(char c) {
        if (position < text.length() && text.charAt(position) == c) {
            position++;
            return true;
        }
        return false;
    }

    private void skipSpace() {
        while (position < text.length() && " \t\n\r".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private FormatException error(String problem) {
        String found = position == text.length() ? "the end" : "'" + text.charAt(position) + "'";
        return new FormatException(source, "bad JSON at character " + position + ": " + problem + ", found " + found);
    }
}
