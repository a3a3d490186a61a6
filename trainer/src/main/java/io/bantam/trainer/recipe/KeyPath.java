package io.bantam.trainer.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way from the top of a recipe to a piece of it, written {@code stages.half.layers[2]}.
 *
 * @param parts keys (String) and list positions (Integer)
 */
record KeyPath(List<Object> parts) {
    static final KeyPath ROOT = new KeyPath(List.of());

    private static final Pattern SEGMENT = Pattern.compile("([^.\\[\\]]+)((?:\\[\\d{1,6}])*)");
    private static final Pattern INDEX = Pattern.compile("\\[(\\d+)]");

    KeyPath {
        parts = List.copyOf(parts);
    }

    /** Reads a written path; null when it is none. */
    static KeyPath parse(String text) {
        List<Object> parts = new ArrayList<>();
        for (String segment : text.split("\\.", -1)) {
            Matcher matcher = SEGMENT.matcher(segment);
            if (!matcher.matches()) {
                return null;
            }
            parts.add(matcher.group(1).strip());
            Matcher index = INDEX.matcher(matcher.group(2));
            while (index.find()) {
                parts.add(Integer.valueOf(index.group(1)));
            }
        }
        return new KeyPath(parts);
    }

    static KeyPath of(Object... parts) {
        return new KeyPath(List.of(parts));
    }

    KeyPath child(Object part) {
        List<Object> longer = new ArrayList<>(parts);
        longer.add(part);
        return new KeyPath(longer);
    }

    KeyPath parent() {
        return new KeyPath(parts.subList(0, parts.size() - 1));
    }

    KeyPath prefix(int length) {
        return new KeyPath(parts.subList(0, length));
    }

    int size() {
        return parts.size();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Object part : parts) {
            if (part instanceof Integer index) {
                text.append('[').append(index).append(']');
            } else {
                text.append(text.isEmpty() ? "" : ".").append(part);
            }
        }
        return text.isEmpty() ? "recipe" : text.toString();
    }
}
