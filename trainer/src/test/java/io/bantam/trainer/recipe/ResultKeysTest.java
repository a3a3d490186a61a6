package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import io.bantam.trainer.recipe.key.RecordShape;
import io.bantam.trainer.stage.Fingerprints;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which keys of stages and teachers fingerprints count: all but those marked {@code result = false}. */
class ResultKeysTest {
    /** A value beside the one that is taken first. */
    private record Change(String key, boolean counts, Object value) {}

    static List<Class<?>> kinds() {
        return Stream.of(Stage.class, Teacher.class)
                .flatMap(type -> Kinds.records(type).stream())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyKeyChangesTheFingerprintUnlessItIsMarked(Class<?> kind) {
        String first = Fingerprints.settings(first(kind, Binder.FREE));
        for (Change change : changes(kind, Binder.FREE, "", true)) {
            assertEquals(change.counts(), !first.equals(Fingerprints.settings(change.value())), change.key());
        }
    }

    /** A mark costs whoever resumes a run a wrong result if the key does count after all. */
    @Test
    void fewKeysAreMarked() {
        TreeSet<String> marked = new TreeSet<>();
        for (Class<?> kind : kinds()) {
            changes(kind, Binder.FREE, Kinds.word(kind), true).stream()
                    .filter(change -> !change.counts())
                    .forEach(change -> marked.add(change.key()));
        }
        TreeSet<String> expected = new TreeSet<>(List.of("ptq.calibration.path", "load.path", "fine-tune.path"));
        for (String training : List.of("distill", "fine-tune", "train")) {
            expected.add(training + ".training.checkpointEvery");
            expected.add(training + ".training.gradientCheckpointing");
        }
        for (String teacher : List.of("load", "fine-tune", "train")) {
            for (String key : List.of("cache", "k", "cacheHidden", "cacheFile")) {
                expected.add(teacher + "." + key);
            }
        }
        assertEquals(expected, marked);
    }

    @Test
    void orderAndDefaultsAreNoSettings() {
        assertEquals(
                settings("{kind: distill, training: {steps: 10, batchSize: 4}, quantization: {weights: {bits: 1}}}"),
                settings("{quantization: {straightThrough: plain, weights: {granularity: per-row, bits: 1}},"
                        + " training: {learningRate: 0.0005, batchSize: 4, steps: 10, earlyStop: null},"
                        + " loss: {labels: {weight: 0}, logits: {}}, kind: distill}"));
        assertEquals(
                settings("{kind: reduce, layers: every-second}"),
                settings("{samples: 32, decoderKeep: null, layers: every-second, kind: reduce}"));
        assertNotEquals(
                settings("{kind: reduce, layers: every-second}"),
                settings("{kind: reduce, layers: [1, 3, 5, 7, 9, 11]}"));
    }

    @Test
    void theTextIsJsonWithSortedKeys() {
        assertEquals(
                "{\"decoderKeep\":null,\"decoderLayers\":null,\"keep\":null,\"kind\":\"reduce\",\"layers\":[1,3],"
                        + "\"samples\":8}",
                settings("{kind: reduce, layers: [1, 3], samples: 8}"));
    }

    @Test
    void aResumedRunMayChangeWhatOnlyMemoryFeels() {
        String before = training(16, 1, false);
        assertEquals(before, training(16, 1, true));
        assertEquals(before, training(4, 4, false));
        assertEquals(before, training(8, 2, true));
        assertNotEquals(before, training(8, 1, false));
    }

    private static String training(int batch, int accumulation, boolean checkpointing) {
        return settings(
                "{kind: distill, training: {steps: 10, batchSize: %d, accumulation: %d, gradientCheckpointing: %s}}"
                        .formatted(batch, accumulation, checkpointing));
    }

    private static String settings(String stage) {
        Recipe recipe = Recipes.read(Recipes.withStages("{s: " + stage + "}", "[s]"));
        return Fingerprints.settings(recipe.stage("s"));
    }

    /** The value that a part has while another one changes. */
    private static Object first(Type type, Key key) {
        if (type instanceof ParameterizedType generic) {
            Object inner = first(generic.getActualTypeArguments()[0], key);
            return generic.getRawType() == Optional.class ? Optional.of(inner) : List.of(inner);
        }
        Class<?> raw = (Class<?>) type;
        if (raw.isRecord()) {
            RecordShape shape = RecordShape.of(raw);
            return shape.construct(shape.members().stream()
                    .map(member -> first(member.type(), member.key()))
                    .toArray());
        }
        return plain(raw, key).getFirst();
    }

    /** Values that differ from the first one in a single place, at least one for each key. */
    private static List<Change> changes(Type type, Key key, String path, boolean counts) {
        List<Change> changes = new ArrayList<>();
        if (type instanceof ParameterizedType generic) {
            boolean optional = generic.getRawType() == Optional.class;
            if (optional || !key.notEmpty()) {
                changes.add(new Change(path, counts, optional ? Optional.empty() : List.of()));
            }
            for (Change inner : changes(generic.getActualTypeArguments()[0], key, path, counts)) {
                Object value = optional ? Optional.of(inner.value()) : List.of(inner.value());
                changes.add(new Change(inner.key(), inner.counts(), value));
            }
            return changes;
        }
        Class<?> raw = (Class<?>) type;
        if (!raw.isRecord()) {
            changes.add(new Change(path, counts, plain(raw, key).get(1)));
            return changes;
        }
        RecordShape shape = RecordShape.of(raw);
        Object[] values = shape.members().stream()
                .map(member -> first(member.type(), member.key()))
                .toArray();
        for (int i = 0; i < values.length; i++) {
            RecordShape.Member member = shape.members().get(i);
            String name = path.isEmpty() ? member.name() : path + "." + member.name();
            List<Change> inner = changes(
                    member.type(), member.key(), name, counts && member.key().result());
            assertTrue(!inner.isEmpty(), name);
            for (Change change : inner) {
                Object[] other = values.clone();
                other[i] = change.value();
                changes.add(new Change(change.key(), change.counts(), shape.construct(other)));
            }
        }
        return changes;
    }

    /** Two values that a key allows. */
    private static List<Object> plain(Class<?> type, Key key) {
        List<Object> some = new ArrayList<>();
        if (type.isEnum()) {
            some.addAll(List.of(type.getEnumConstants()));
        } else if (type == WeightBits.class) {
            some.addAll(List.of(new WeightBits.Binary(), new WeightBits.Uniform(4)));
        } else if (type == Granularity.class) {
            some.addAll(List.of(new Granularity.PerRow(), new Granularity.PerGroup(4)));
        } else if (type == LayerChoice.class) {
            some.add(new LayerChoice.ByRule(LayerChoice.Rule.EVERY_SECOND));
            some.add(new LayerChoice.Listed(List.of(1)));
        } else {
            switch (type.getSimpleName()) {
                case "boolean" -> some.addAll(List.of(false, true));
                case "String" -> some.addAll(List.of("one", "two"));
                case "Path" -> some.addAll(List.of(Path.of("/one"), Path.of("/two")));
                case "int", "Integer" -> List.of(1, 2, 4, 8, 64, 512, 1024).forEach(some::add);
                case "long", "Long" -> List.of(1L, 2L).forEach(some::add);
                case "double", "Double" ->
                    List.of(0.25, 0.5, 2.0, 4.0, 60.0, 90.0).forEach(some::add);
                default -> throw new AssertionError("no values of " + type);
            }
        }
        some.removeIf(value -> Limits.complaint(key, value).isPresent());
        return some;
    }
}
