package io.bantam.trainer.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.Quantizer.FusedForm;
import io.bantam.compression.quantizer.StraightThroughEstimator;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.RangeSearch;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.trainer.model.FakeQuantization;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every quantizer that {@link Quantizer} permits, found by itself: its definition on tensors, its arrays and its fused
 * form give the same values and straight-through gradients, and one without a fused form is refused by training.
 */
class QuantizerAgreementTest {
    private static final int ROWS = 7;
    private static final int COLUMNS = 12;
    private static final List<Integer> SHAPE = List.of(ROWS, COLUMNS);

    /** An operation that passes tensors alone. */
    private static final String WRAPPER = """

              def gradient_of_master(self: __torch__.Ops, d: Tensor, w: Tensor, scheme: Tensor,
                                     clipped: Tensor) -> Tensor:
                return self.straight_through(d, w, scheme, int(torch.select(clipped, 0, 0)) != 0)
            """;

    private static NDManager manager;
    private static Operations operations;

    @BeforeAll
    static void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu(), Operations.source(Device.cpu()) + WRAPPER);
    }

    @AfterAll
    static void close() {
        operations.close();
        manager.close();
    }

    /** All records behind a sealed interface. */
    private static Stream<Class<?>> records(Class<?> type) {
        return type.isRecord()
                ? Stream.of(type)
                : Arrays.stream(type.getPermittedSubclasses()).flatMap(QuantizerAgreementTest::records);
    }

    /** Every combination of sample values for a record's components that its constructor accepts. */
    private static List<Quantizer> samples(Class<?> type) {
        List<List<Object>> combinations = List.of(List.of());
        for (RecordComponent component : type.getRecordComponents()) {
            combinations = combinations.stream()
                    .flatMap(so -> values(component).stream()
                            .map(value ->
                                    Stream.concat(so.stream(), Stream.of(value)).<Object>toList()))
                    .toList();
        }
        return combinations.stream()
                .map(arguments -> construct(type, arguments))
                .flatMap(Optional::stream)
                .toList();
    }

    private static List<?> values(RecordComponent component) {
        Class<?> type = component.getType();
        if (type == Granularity.class) {
            return List.of(
                    Granularity.perTensor(),
                    Granularity.perRow(),
                    Granularity.perGroup(4),
                    Granularity.perGroup(1),
                    Granularity.equalGroups(ROWS));
        }
        if (type == RangeSearch.class) {
            return List.of(RangeSearch.MIN_MAX, RangeSearch.MSE);
        }
        if (type == int.class) {
            return List.of(1, 2, 3, 4, 8);
        }
        if (type == boolean.class) {
            return List.of(false, true);
        }
        if (type.isEnum()) {
            return Arrays.asList(type.getEnumConstants());
        }
        return fail("no sample values for " + component + ": add some here");
    }

    private static Optional<Quantizer> construct(Class<?> type, List<Object> arguments) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> canonical = type.getDeclaredConstructor(types);
            return Optional.of((Quantizer) canonical.newInstance(arguments.toArray()));
        } catch (InvocationTargetException refused) {
            return Optional.empty();
        } catch (ReflectiveOperationException e) {
            return fail(e);
        }
    }

    static Stream<Quantizer> all() {
        return records(Quantizer.class).flatMap(type -> samples(type).stream());
    }

    static Stream<Quantizer> fused() {
        return all().filter(quantizer -> quantizer.fusedForm().isPresent());
    }

    @Test
    void everyQuantizerAndEveryFusedFormHasASample() {
        Set<Class<?>> sampled = all().map(Object::getClass).collect(Collectors.toSet());
        assertEquals(records(Quantizer.class).collect(Collectors.toSet()), sampled);
        Set<FusedForm> forms =
                fused().map(quantizer -> quantizer.fusedForm().orElseThrow()).collect(Collectors.toSet());
        assertEquals(EnumSet.allOf(FusedForm.class), forms);
    }

    @Test
    void theLibraryNumbersTheFusedFormsAsTheyAre() {
        String source = Operations.source(Device.cpu());
        for (FusedForm form : FusedForm.values()) {
            assertTrue(source.contains("\n  " + form + " : Final[int] = " + form.number() + "\n"), form.toString());
            String name = form.toString().toLowerCase(Locale.ROOT);
            assertTrue(source.contains("  def " + name + "(self"), name);
            assertTrue(source.contains("  def " + name + "_reach(self"), name);
        }
    }

    /**
     * Random; then rows of zeros, of constants, of halves (ties), with an outlier, of one sign, tiny, and with zeros.
     */
    private static List<float[]> matrices() {
        Random random = new Random(3);
        float[] normal = new float[ROWS * COLUMNS];
        float[] corners = new float[ROWS * COLUMNS];
        for (int i = 0; i < normal.length; i++) {
            normal[i] = (float) (0.02 * random.nextGaussian());
            corners[i] = switch (i / COLUMNS) {
                case 0 -> 0;
                case 1 -> -0.75f;
                case 2 -> (i % COLUMNS - 5.5f) / 2;
                case 3 -> i % COLUMNS == 7 ? 1000 : (float) random.nextGaussian();
                case 4 -> 1 + random.nextFloat();
                case 5 -> (float) (1e-20 * random.nextGaussian());
                default -> i % 3 == 0 ? (i % 2 == 0 ? 0f : -0f) : (float) random.nextGaussian();
            };
        }
        return List.of(normal, corners, new float[ROWS * COLUMNS]);
    }

    private static NDArray matrix(NDManager scope, float[] values) {
        return scope.create(values, new Shape(ROWS, COLUMNS));
    }

    /** The sign of a zero aside, which a code does not have. */
    private static void assertSame(float[] expected, float[] actual, String what) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i] + 0f, actual[i] + 0f, what + ", weight " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void arraysHaveTheValuesOfTheDefinition(Quantizer quantizer) {
        for (float[] weights : matrices()) {
            try (NDManager scope = manager.newSubManager()) {
                float[] expected =
                        quantizer.fakeQuantize(matrix(scope, weights)).toFloatArray();
                assertSame(expected, quantizer.quantize(weights, ROWS, COLUMNS).dequantize(), "arrays");
            }
        }
    }

    /** The fused form sums in another order: its values are the same but for the last bits of a scale. */
    @ParameterizedTest
    @MethodSource("fused")
    void theFusedFormHasTheValuesOfTheDefinition(Quantizer quantizer) {
        for (float[] weights : matrices()) {
            try (NDManager scope = manager.newSubManager()) {
                NDArray w = matrix(scope, weights);
                float[] expected = quantizer.fakeQuantize(w).toFloatArray();
                float[] actual = operations
                        .call(
                                "quantized_weight",
                                new Arguments(scope)
                                        .tensor("w", w)
                                        .integers("scheme", FakeQuantization.scheme(quantizer, SHAPE)))
                        .singletonOrThrow()
                        .toFloatArray();
                assertSame(expected, actual, "fused");
                assertArrayEquals(weights, w.toFloatArray(), "the master stays");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fused")
    void theFusedFormHasTheStraightThroughGradientsOfTheDefinition(Quantizer quantizer) {
        Random random = new Random(4);
        float[] upstream = new float[ROWS * COLUMNS];
        for (int i = 0; i < upstream.length; i++) {
            upstream[i] = (float) random.nextGaussian();
        }
        for (float[] weights : matrices()) {
            for (StraightThroughEstimator estimator : StraightThroughEstimator.values()) {
                try (NDManager scope = manager.newSubManager()) {
                    float[] actual = operations
                            .call(
                                    "gradient_of_master",
                                    new Arguments(scope)
                                            .tensor("d", matrix(scope, upstream))
                                            .tensor("w", matrix(scope, weights))
                                            .integers("scheme", FakeQuantization.scheme(quantizer, SHAPE))
                                            .integers("clipped", estimator == StraightThroughEstimator.CLIPPED ? 1 : 0))
                            .singletonOrThrow()
                            .toFloatArray();
                    assertSame(gradient(estimator, quantizer, weights, upstream), actual, estimator.toString());
                }
            }
        }
    }

    /** Gradient of {@code sum(upstream * ste(w))} with respect to w. */
    private static float[] gradient(
            StraightThroughEstimator estimator, Quantizer quantizer, float[] weights, float[] upstream) {
        try (NDManager scope = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray weight = matrix(scope, weights);
            weight.setRequiresGradient(true);
            NDArray quantized = estimator.fakeQuantize(weight, quantizer);
            collector.backward(quantized.mul(matrix(scope, upstream)).sum());
            return weight.getGradient().toFloatArray();
        }
    }

    @Test
    void trainingRefusesWhatHasNoFusedForm() {
        List<Quantizer> others =
                all().filter(quantizer -> quantizer.fusedForm().isEmpty()).toList();
        assertFalse(others.isEmpty());
        for (Quantizer quantizer : others) {
            WeightQuantization weights = WeightQuantization.none().with(List.of("h.0.mlp.c_fc.weight"), quantizer);
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class, () -> new FakeQuantization(weights, ActivationQuantization.NONE));
            assertTrue(
                    refused.getMessage().startsWith("h.0.mlp.c_fc.weight: training has no operation for "),
                    refused.getMessage());
        }
    }

    /** What a quantizer says of itself holds together. */
    @ParameterizedTest
    @MethodSource("all")
    void whatItCanDoHoldsTogether(Quantizer quantizer) {
        float[] weights = matrices().getFirst();
        quantizer.grids().ifPresent(grids -> {
            int size = quantizer.granularity().groupSize(ROWS, COLUMNS);
            float[] values = new float[weights.length];
            for (int i = 0; i < values.length; i++) {
                int from = i / size * size;
                values[i] = grids.of(weights, from, from + size).fakeQuantize(weights[i]);
            }
            double expected = error(weights, quantizer.fakeQuantize(weights, ROWS, COLUMNS));
            assertTrue(error(weights, values) <= expected * (1 + 1e-6), "the nearest values of the grid err least");
        });
        quantizer.uniform().ifPresent(uniform -> {
            assertEquals(quantizer, uniform);
            assertTrue(quantizer.grids().isPresent());
            assertEquals(quantizer, uniform.withBits(5).withBits(quantizer.bits()));
            assertEquals(quantizer, uniform.withRange(RangeSearch.MSE).withRange(uniform.range()));
            assertEquals(5, uniform.withBits(5).bits());
            assertEquals(quantizer.granularity(), uniform.withBits(5).granularity());
        });
    }

    private static double error(float[] weights, float[] values) {
        double error = 0;
        for (int i = 0; i < weights.length; i++) {
            error += Math.pow((double) weights[i] - values[i], 2);
        }
        return error;
    }
}
