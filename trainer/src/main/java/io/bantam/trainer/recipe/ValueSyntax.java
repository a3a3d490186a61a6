package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.recipe.key.Words;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The YAML syntax of a type that is neither an enum nor a plain record, such as {@code per-row} or
 * {@code {group: 64}}: reads, writes and describes it.
 *
 * @param <T> the type in the record
 */
sealed interface ValueSyntax<T> {

    /** Reads a value; null after a problem. */
    T read(Node node, KeyPath path, Problems problems);

    /** Returns what a YAML writer takes: words, numbers, lists, maps. */
    Object write(T value);

    /** Returns the JSON Schema of the value. */
    Map<String, Object> schema();

    /** Returns the syntax of a type, or null where the plain one of records and enums does. */
    static ValueSyntax<?> of(Class<?> type) {
        if (type == WeightBits.class) {
            return new Bits();
        }
        if (type == Granularity.class) {
            return new Scales();
        }
        return type == LayerChoice.class ? new Layers() : null;
    }

    /** One of the widths there are: {@code 1}, {@code ternary}, or {@code 2} to {@code 8}. */
    record Bits() implements ValueSyntax<WeightBits> {
        @Override
        public WeightBits read(Node node, KeyPath path, Problems problems) {
            String advice = "write " + WeightBits.listed(bits -> true);
            if (!(node instanceof Node.Scalar scalar) || node.absent()) {
                problems.error(path, node.origin(), "a width is needed", advice);
                return null;
            }
            if (WeightBits.names().contains(scalar.text())) {
                return WeightBits.find(scalar.text()).orElseThrow();
            }
            if (scalar.text().matches("[A-Za-z].*")) {
                problems.error(
                        path,
                        node.origin(),
                        "'" + scalar.text() + "' is no width",
                        Nearest.find(scalar.text(), WeightBits.names())
                                .map(word -> "nearest valid value: " + word)
                                .orElse(advice));
                return null;
            }
            Scalars.Read<Long> bits = Scalars.whole(scalar, Long.MIN_VALUE, Long.MAX_VALUE);
            bits.complaint().ifPresent(complaint -> problems.error(path, node.origin(), complaint));
            if (bits.value().isEmpty()) {
                return null;
            }
            long width = bits.value().get();
            if (width < 1 || width > 8) {
                String nearest = "nearest valid value: " + (width < 1 ? 1 : 8);
                problems.error(path, node.origin(), width + " is not a width of 1 to 8 bits", nearest);
                return null;
            }
            return WeightBits.find(Long.toString(width)).orElseThrow();
        }

        @Override
        public Object write(WeightBits value) {
            return value.word();
        }

        @Override
        public Map<String, Object> schema() {
            return Map.of(
                    "enum", WeightBits.all().stream().map(WeightBits::word).toList());
        }
    }

    /** {@code per-row}, {@code per-tensor}, {@code {group: 64}} (columns) or {@code {groups: 64}} (of a matrix). */
    record Scales() implements ValueSyntax<Granularity> {
        private static final List<String> WORDS = List.of("per-row", "per-tensor");
        private static final String GROUP = "group";
        private static final String GROUPS = "groups";
        private static final List<String> KEYS = List.of(GROUP, GROUPS);

        @Override
        public Granularity read(Node node, KeyPath path, Problems problems) {
            return switch (node) {
                case Node.Scalar scalar when scalar.text().equals("per-row") -> new Granularity.PerRow();
                case Node.Scalar scalar when scalar.text().equals("per-tensor") -> new Granularity.PerTensor();
                case Node.Scalar scalar -> {
                    String advice = Nearest.find(scalar.text(), WORDS)
                            .map(word -> "nearest valid value: '" + word + "'")
                            .orElse("write per-row, per-tensor or {group: 64}");
                    problems.error(path, node.origin(), "'" + scalar.text() + "' is no granularity", advice);
                    yield null;
                }
                case Node.Mapping mapping -> group(mapping, path, problems);
                case Node.Sequence _ -> {
                    problems.error(
                            path,
                            node.origin(),
                            "a list is no granularity",
                            "write per-row, per-tensor or {group: 64}");
                    yield null;
                }
            };
        }

        private static Granularity group(Node.Mapping mapping, KeyPath path, Problems problems) {
            for (Node.Entry entry : mapping.entries()) {
                if (!KEYS.contains(entry.key())) {
                    problems.error(
                            path.child(entry.key()),
                            entry.keyOrigin(),
                            "unknown key",
                            Nearest.advice("key", entry.key(), KEYS));
                }
            }
            List<String> given =
                    KEYS.stream().filter(key -> mapping.get(key) != null).toList();
            if (given.size() != 1) {
                problems.error(
                        path,
                        mapping.origin(),
                        given.isEmpty() ? "'group' is missing" : "'group' and 'groups' exclude each other",
                        "write {group: 64}");
                return null;
            }
            String key = given.getFirst();
            Node size = mapping.get(key);
            if (!(size instanceof Node.Scalar scalar) || size.absent()) {
                problems.error(path.child(key), size.origin(), "a whole number is needed", "write 64");
                return null;
            }
            Scalars.Read<Long> read = Scalars.whole(scalar, 1, 1_000_000);
            read.complaint().ifPresent(complaint -> problems.error(path.child(key), size.origin(), complaint));
            return read.value()
                    .map(value -> key.equals(GROUP)
                            ? new Granularity.PerGroup(value.intValue())
                            : new Granularity.EqualGroups(value.intValue()))
                    .orElse(null);
        }

        @Override
        public Object write(Granularity value) {
            return switch (value) {
                case Granularity.PerRow _ -> "per-row";
                case Granularity.PerTensor _ -> "per-tensor";
                case Granularity.PerGroup group -> Map.of(GROUP, group.size());
                case Granularity.EqualGroups groups -> Map.of(GROUPS, groups.count());
            };
        }

        @Override
        public Map<String, Object> schema() {
            return Map.of("anyOf", List.of(Map.of("enum", WORDS), size(GROUP), size(GROUPS)));
        }

        private static Map<String, Object> size(String key) {
            Map<String, Object> mapping = Schemas.object();
            mapping.put("properties", Map.of(key, Schemas.ordered("type", "integer", "minimum", 1)));
            mapping.put("required", List.of(key));
            mapping.put("additionalProperties", false);
            return mapping;
        }
    }

    /** A rule's word or a list of block numbers. */
    record Layers() implements ValueSyntax<LayerChoice> {
        @Override
        public LayerChoice read(Node node, KeyPath path, Problems problems) {
            return switch (node) {
                case Node.Sequence list -> listed(list, path, problems);
                case Node.Scalar scalar -> {
                    for (LayerChoice.Rule rule : LayerChoice.Rule.values()) {
                        if (Words.of(rule).equals(scalar.text())) {
                            yield new LayerChoice.ByRule(rule);
                        }
                    }
                    problems.error(
                            path,
                            node.origin(),
                            "'" + scalar.text() + "' is no choice of layers",
                            Nearest.find(scalar.text(), Words.all(LayerChoice.Rule.class))
                                    .map(word -> "nearest valid value: '" + word + "'")
                                    .orElse("write a list such as [1, 3, 5], or one of "
                                            + String.join(", ", Words.all(LayerChoice.Rule.class))));
                    yield null;
                }
                case Node.Mapping _ -> {
                    problems.error(
                            path, node.origin(), "a mapping is no choice of layers", "write a list such as [1, 3, 5]");
                    yield null;
                }
            };
        }

        private static LayerChoice listed(Node.Sequence list, KeyPath path, Problems problems) {
            if (list.entries().isEmpty()) {
                problems.error(path, list.origin(), "the list is empty", "give at least one layer");
                return null;
            }
            List<Integer> layers = IntStream.range(0, list.entries().size())
                    .mapToObj(i -> layer(list.entries().get(i), path.child(i), problems))
                    .toList();
            return layers.contains(-1) ? null : new LayerChoice.Listed(layers);
        }

        private static int layer(Node node, KeyPath path, Problems problems) {
            if (!(node instanceof Node.Scalar scalar) || node.absent()) {
                problems.error(path, node.origin(), "a layer number is needed", "layers count from 0");
                return -1;
            }
            Scalars.Read<Long> read = Scalars.whole(scalar, 0, 100_000);
            read.complaint().ifPresent(complaint -> problems.error(path, node.origin(), complaint));
            return read.value().map(Long::intValue).orElse(-1);
        }

        @Override
        public Object write(LayerChoice value) {
            return switch (value) {
                case LayerChoice.ByRule byRule -> Words.of(byRule.rule());
                case LayerChoice.Listed listed -> listed.layers();
            };
        }

        @Override
        public Map<String, Object> schema() {
            Map<String, Object> list = Schemas.ordered(
                    "type", "array", "items", Schemas.ordered("type", "integer", "minimum", 0), "minItems", 1);
            return Map.of("anyOf", List.of(Map.of("enum", Words.all(LayerChoice.Rule.class)), list));
        }
    }
}
