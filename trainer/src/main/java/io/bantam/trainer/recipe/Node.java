package io.bantam.trainer.recipe;

import java.util.List;

/** A piece of YAML with the place where it was written. */
sealed interface Node {
    /** Where the piece begins. */
    Origin origin();

    /**
     * A word, number or text.
     *
     * @param text the value without quotes and escapes
     * @param plain whether it stood without quotes
     */
    record Scalar(String text, boolean plain, Origin origin) implements Node {
        boolean isNull() {
            return plain && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
        }
    }

    /** A list. */
    record Sequence(List<Node> entries, Origin origin) implements Node {}

    /** Keys and values; no key is there twice. */
    record Mapping(List<Entry> entries, Origin origin) implements Node {
        Node get(String key) {
            return entries.stream()
                    .filter(e -> e.key().equals(key))
                    .map(Entry::value)
                    .findFirst()
                    .orElse(null);
        }

        List<String> keys() {
            return entries.stream().map(Entry::key).toList();
        }
    }

    /** One key with its value. */
    record Entry(String key, Origin keyOrigin, Node value) {}

    /** Whether this is a value left out, {@code ~} or {@code null}. */
    default boolean absent() {
        return this instanceof Scalar scalar && scalar.isNull();
    }

    /** Returns the piece at a path, or null. */
    default Node find(KeyPath path) {
        Node node = this;
        for (Object part : path.parts()) {
            node = switch (node) {
                case Mapping mapping when part instanceof String key -> mapping.get(key);
                case Sequence list
                when part instanceof Integer i && i < list.entries().size() ->
                    list.entries().get(i);
                default -> null;
            };
            if (node == null) {
                return null;
            }
        }
        return node;
    }

    /** Returns where the piece at a path was written, or the nearest piece around it that was. */
    default Origin originOf(KeyPath path) {
        KeyPath at = path;
        while (true) {
            Node node = find(at);
            if (node != null) {
                return node.origin();
            }
            at = at.parent();
        }
    }
}
