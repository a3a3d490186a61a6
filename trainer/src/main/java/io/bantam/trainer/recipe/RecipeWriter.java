package io.bantam.trainer.recipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes a recipe with every default filled in; reading it again from the same folder gives an equal {@link Recipe}.
 */
public final class RecipeWriter {
    private static final Pattern BARE = Pattern.compile("[A-Za-z0-9./_]([A-Za-z0-9./_+ -]*[A-Za-z0-9./_+-])?");

    private RecipeWriter() {}

    /**
     * Writes a recipe file. Paths in it are written relative to its folder.
     *
     * @throws IOException when the file cannot be written
     */
    public static void write(Recipe recipe, Path file) throws IOException {
        Files.writeString(file, toYaml(recipe, file.toAbsolutePath().getParent()));
    }

    /**
     * Returns a part of a recipe (a stage, a teacher) as JSON has it: maps, lists, words and numbers by the recipe's
     * keys.
     */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> values(Object part) {
        return (Map<String, Object>) new PlainValues(Path::toString).of(part);
    }

    /**
     * Returns those {@link #values} of a part that its result depends on: without keys of time and memory alone and
     * names of files whose content counts, and with the sequences of a training step as one number, however
     * it is split.
     */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> resultValues(Object part) {
        return (Map<String, Object>) new PlainValues(Path::toString, true).of(part);
    }

    /**
     * Returns a recipe as YAML.
     *
     * @param folder where the paths in the text start
     */
    public static String toYaml(Recipe recipe, Path folder) {
        Path from = folder.toAbsolutePath().normalize();
        PlainValues plain = new PlainValues(path -> relative(from, path));
        StringBuilder yaml = new StringBuilder("# Resolved recipe: every key with the value that counts.\n");
        mapping(yaml, (Map<?, ?>) plain.of(recipe), "");
        return yaml.toString();
    }

    private static String relative(Path from, Path path) {
        boolean sameRoot = path.getRoot() != null && path.getRoot().equals(from.getRoot());
        if (!sameRoot) {
            return path.toString();
        }
        String text = from.relativize(path).toString();
        return text.isEmpty() ? "." : text;
    }

    private static void mapping(StringBuilder yaml, Map<?, ?> map, String indent) {
        map.forEach((key, value) -> {
            yaml.append(indent).append(text(key.toString())).append(':');
            entry(yaml, value, indent + "  ");
        });
    }

    private static void entry(StringBuilder yaml, Object value, String indent) {
        switch (value) {
            case Map<?, ?> map
            when !map.isEmpty() -> {
                yaml.append('\n');
                mapping(yaml, map, indent);
            }
            case List<?> list
            when list.stream().anyMatch(Map.class::isInstance) -> {
                yaml.append('\n');
                for (Object element : list) {
                    yaml.append(indent).append("- ");
                    if (element instanceof Map<?, ?> map) {
                        StringBuilder inner = new StringBuilder();
                        mapping(inner, map, indent + "  ");
                        yaml.append(inner.substring(indent.length() + 2));
                    } else {
                        yaml.append(scalar(element)).append('\n');
                    }
                }
            }
            case List<?> list ->
                yaml.append(list.stream().map(RecipeWriter::scalar).collect(Collectors.joining(", ", " [", "]\n")));
            case Map<?, ?> _ -> yaml.append(" {}\n");
            case null -> yaml.append(" null\n");
            default -> yaml.append(' ').append(scalar(value)).append('\n');
        }
    }

    private static String scalar(Object value) {
        return value instanceof String text ? text(text) : String.valueOf(value);
    }

    /** Writes a text bare where no YAML reader could take it for anything else, else in double quotes. */
    private static String text(String text) {
        Node.Scalar bare = new Node.Scalar(text, true, Origin.inFile(1, 1));
        boolean safe = BARE.matcher(text).matches()
                && !bare.isNull()
                && Scalars.text(bare).complaint().isEmpty();
        if (safe) {
            return text;
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f || (c >= 0x80 && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
