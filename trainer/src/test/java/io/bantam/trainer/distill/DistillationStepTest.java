package io.bantam.trainer.distill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.ActivationQuantizer;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.DynamicActivationQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.StaticActivationQuantizer;
import io.bantam.compression.quantizer.StraightThroughEstimator;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.ReferenceGpt2;
import io.bantam.trainer.model.TinyGpt2;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses and gradients of a step, against float64 loops and finite differences. */
class DistillationStepTest {
    private static final int VOCABULARY = 11;
    private static final int TOKENS = 6;
    private static final DecoderConfig STUDENT = TinyGpt2.config(VOCABULARY, 7, 8, 2, 2);
    /** Twice as deep, and of another epsilon. */
    private static final DecoderConfig TEACHER = new DecoderConfig(VOCABULARY, 9, 8, 16, 4, 2, 0.01f, -1, -1, -1);

    private static final Map<Integer, Integer> HIDDEN = Map.of(0, 0, 1, 2, 2, 4);
    private static final Map<Integer, Integer> ATTENTION = Map.of(0, 1, 1, 3);

    private static final DataParallel ALONE = new DataParallel(1);

    private static NDManager manager;
    private static Operations operations;

    @BeforeAll
    static void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu());
    }

    @AfterAll
    static void close() {
        operations.close();
        manager.close();
    }

    private static Decoder model(DecoderConfig config, Map<String, float[]> weights) {
        return new Decoder(operations, DecoderParameters.of(manager, config, weights), Precision.FLOAT32);
    }

    private static DistillationLoss loss(
            double kl, double soft, double labels, double temperature, double hidden, double attention) {
        return new DistillationLoss(kl, soft, labels, temperature, hidden, attention, HIDDEN, ATTENTION);
    }

    static Stream<DistillationLoss> losses() {
        return Stream.of(
                DistillationLoss.labelsOnly(),
                loss(1, 0, 0, 1, 0, 0),
                loss(1, 0, 0, 2.5, 0, 0),
                loss(0, 1, 0, 1, 0, 0),
                loss(0, 1, 0, 0.7, 0, 0),
                loss(0, 0, 0, 1, 1, 0),
                loss(0, 0, 0, 1, 0, 1),
                loss(0, 1, 0, 1, 1, 1),
                loss(0.3, 2, 0.5, 2, 0.7, 0.2));
    }

    private record Computed(StepLosses losses, Map<String, float[]> gradients) {}

    private static Computed run(
            DistillationLoss loss,
            Map<String, float[]> studentWeights,
            Map<String, float[]> teacherWeights,
            FakeQuantization quantization,
            boolean clipped,
            int batch,
            List<int[]> microBatches) {
        return run(loss, studentWeights, teacherWeights, quantization, clipped, batch, microBatches, ALONE);
    }

    private static Computed run(
            DistillationLoss loss,
            Map<String, float[]> studentWeights,
            Map<String, float[]> teacherWeights,
            FakeQuantization quantization,
            boolean clipped,
            int batch,
            List<int[]> microBatches,
            DataParallel parallel) {
        try (Decoder student = model(STUDENT, studentWeights);
                Decoder teacher = model(TEACHER, teacherWeights);
                NDManager scope = manager.newSubManager()) {
            DistillationStep step = new DistillationStep(student, Optional.of(teacher), loss, clipped, parallel);
            DistillationStep.Result result = step.run(scope, microBatches, batch, quantization);
            Map<String, float[]> gradients = new LinkedHashMap<>();
            for (int i = 0; i < result.gradients().size(); i++) {
                gradients.put(
                        student.parameters().names().get(i),
                        result.gradients().get(i).toFloatArray());
            }
            return new Computed(result.losses(), gradients);
        }
    }

    private static StepLosses reference(
            DistillationLoss loss, Map<String, double[]> student, Map<String, double[]> teacher, int[] ids, int batch) {
        List<ReferenceGpt2.Pass> studentPasses = new ArrayList<>();
        List<ReferenceGpt2.Pass> teacherPasses = new ArrayList<>();
        List<int[]> labels = new ArrayList<>();
        for (int row = 0; row < batch; row++) {
            int[] all = Arrays.copyOfRange(ids, row * ids.length / batch, (row + 1) * ids.length / batch);
            int[] inputs = Arrays.copyOf(all, all.length - 1);
            studentPasses.add(new ReferenceGpt2(STUDENT, student).run(inputs));
            teacherPasses.add(new ReferenceGpt2(TEACHER, teacher).run(inputs));
            labels.add(Arrays.copyOfRange(all, 1, all.length));
        }
        return ReferenceLosses.of(loss, studentPasses, teacherPasses, labels);
    }

    private static void assertNear(double expected, double actual, String term) {
        assertEquals(expected, actual, 2e-5 * Math.max(1, Math.abs(expected)), term);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void lossesAndGradientsAreThoseOfFloat64(DistillationLoss loss) {
        Map<String, float[]> student = TinyGpt2.weights(STUDENT, 1);
        Map<String, float[]> teacher = TinyGpt2.weights(TEACHER, 2);
        int[] ids = TinyGpt2.ids(3, 2 * (TOKENS + 1), VOCABULARY);
        Computed computed = run(loss, student, teacher, FakeQuantization.none(), false, 2, List.of(ids));
        Map<String, double[]> weights = ReferenceGpt2.widen(student);
        Map<String, double[]> taught = ReferenceGpt2.widen(teacher);
        StepLosses expected = reference(loss, weights, taught, ids, 2);
        assertNear(expected.total(), computed.losses().total(), "total");
        if (loss.kl() != 0) {
            assertNear(expected.kl(), computed.losses().kl(), "kl");
        }
        if (loss.softCrossEntropy() != 0) {
            assertNear(expected.softCrossEntropy(), computed.losses().softCrossEntropy(), "soft cross-entropy");
        }
        if (loss.labels() != 0) {
            assertNear(expected.labels(), computed.losses().labels(), "labels");
        }
        if (loss.hidden() != 0) {
            assertNear(expected.hidden(), computed.losses().hidden(), "hidden");
        }
        if (loss.attention() != 0) {
            assertNear(expected.attention(), computed.losses().attention(), "attention");
        }
        assertGradients(differences(loss, weights, taught, ids), computed.gradients(), 2e-4);
    }

    /** Central finite differences for some 30 weights of every tensor of the student; NaN for the others. */
    private static Map<String, double[]> differences(
            DistillationLoss loss, Map<String, double[]> weights, Map<String, double[]> teacher, int[] ids) {
        double step = 1e-5;
        Map<String, double[]> differences = new LinkedHashMap<>();
        weights.forEach((name, values) -> {
            double[] found = new double[values.length];
            Arrays.fill(found, Double.NaN);
            for (int i = 0; i < values.length; i += 1 + values.length / 30) {
                double value = values[i];
                values[i] = value + step;
                double above = reference(loss, weights, teacher, ids, 2).total();
                values[i] = value - step;
                double below = reference(loss, weights, teacher, ids, 2).total();
                values[i] = value;
                found[i] = (above - below) / (2 * step);
            }
            differences.put(name, found);
        });
        return differences;
    }

    /** Relative to the largest expected gradient of each tensor. */
    private static void assertGradients(Map<String, double[]> expected, Map<String, float[]> actual, double tolerance) {
        assertEquals(List.copyOf(expected.keySet()), List.copyOf(actual.keySet()));
        expected.forEach((name, values) -> {
            double largest = Arrays.stream(values)
                    .filter(value -> !Double.isNaN(value))
                    .map(Math::abs)
                    .max()
                    .getAsDouble();
            for (int i = 0; i < values.length; i++) {
                if (!Double.isNaN(values[i])) {
                    assertEquals(
                            values[i], actual.get(name)[i], tolerance * Math.max(largest, 1e-3), name + "[" + i + "]");
                }
            }
        });
    }

    private static WeightQuantization everyMatrix(Quantizer linears, Quantizer embedding) {
        List<String> names = WeightQuantization.select(
                List.copyOf(STUDENT.shapes().keySet()), WeightQuantization.GPT2_LINEARS, List.of());
        return WeightQuantization.none().with(names, linears).with(List.of("wte.weight"), embedding);
    }

    /** A quantized weight's gradient, taken where it is on its grid, is its master's. */
    @Test
    void gradientsOfQuantizedWeightsReachTheirMasters() {
        DistillationLoss loss = loss(1, 0, 0.5, 2, 1, 1);
        Map<String, float[]> student = TinyGpt2.weights(STUDENT, 4);
        Map<String, float[]> teacher = TinyGpt2.weights(TEACHER, 5);
        int[] ids = TinyGpt2.ids(6, 2 * (TOKENS + 1), VOCABULARY);
        WeightQuantization quantizers = everyMatrix(
                new BinaryQuantizer(Granularity.perRow()), new SymmetricQuantizer(4, Granularity.perGroup(4)));
        Computed computed = run(
                loss,
                student,
                teacher,
                new FakeQuantization(quantizers, ActivationQuantization.NONE),
                false,
                2,
                List.of(ids));
        Map<String, float[]> onGrid = new LinkedHashMap<>(student);
        quantizers.quantizers().forEach((name, quantizer) -> {
            List<Integer> shape = STUDENT.shapes().get(name);
            onGrid.put(name, quantizer.fakeQuantize(student.get(name), shape.get(0), shape.get(1)));
        });
        Map<String, double[]> weights = ReferenceGpt2.widen(onGrid);
        Map<String, double[]> taught = ReferenceGpt2.widen(teacher);
        assertNear(
                reference(loss, weights, taught, ids, 2).total(),
                computed.losses().total(),
                "total");
        assertGradients(differences(loss, weights, taught, ids), computed.gradients(), 2e-4);
    }

    /** The clipped straight-through gradient is the plain one where the grid reaches the weight, and 0 beyond. */
    @Test
    void clippedGradientsStopBeyondTheGrid() {
        DistillationLoss loss = loss(1, 0, 0.5, 2, 1, 1);
        Map<String, float[]> student = TinyGpt2.weights(STUDENT, 4);
        Map<String, float[]> teacher = TinyGpt2.weights(TEACHER, 5);
        int[] ids = TinyGpt2.ids(6, 2 * (TOKENS + 1), VOCABULARY);
        WeightQuantization quantizers = everyMatrix(
                new BinaryQuantizer(Granularity.perRow()), new SymmetricQuantizer(2, Granularity.perGroup(4)));
        FakeQuantization quantization = new FakeQuantization(quantizers, ActivationQuantization.NONE);
        Computed plain = run(loss, student, teacher, quantization, false, 2, List.of(ids));
        Computed clipped = run(loss, student, teacher, quantization, true, 2, List.of(ids));
        try (NDManager scope = manager.newSubManager()) {
            plain.gradients().forEach((name, gradient) -> {
                float[] expected = gradient.clone();
                quantizers.of(name).ifPresent(quantizer -> {
                    List<Integer> shape = STUDENT.shapes().get(name);
                    float[] reach = quantizer
                            .reach(scope.create(student.get(name), new Shape(shape.get(0), shape.get(1))))
                            .toFloatArray();
                    boolean cut = false;
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] *= reach[i];
                        cut |= reach[i] == 0;
                    }
                    assertTrue(cut, name + " has no weight beyond its grid");
                });
                assertArrayEquals(expected, clipped.gradients().get(name), name);
            });
        }
    }

    private record Aware(
            Quantizer linears,
            Quantizer embedding,
            ActivationQuantization inputs,
            Supplier<ActivationQuantizer> definition) {}

    static Stream<Aware> quantizationAware() {
        return Stream.of(
                new Aware(
                        new BinaryQuantizer(Granularity.perRow()),
                        new SymmetricQuantizer(8, Granularity.perRow()),
                        ActivationQuantization.dynamic(8, true),
                        () -> new DynamicActivationQuantizer(8, true)),
                new Aware(
                        new TernaryQuantizer(Granularity.perTensor()),
                        new AsymmetricQuantizer(3, Granularity.perTensor()),
                        ActivationQuantization.fixed(8, false, Map.of()),
                        () -> new StaticActivationQuantizer(8, false)),
                new Aware(
                        new AsymmetricQuantizer(4, Granularity.perGroup(4)),
                        new BinaryQuantizer(Granularity.perRow()),
                        ActivationQuantization.fixed(4, true, Map.of()),
                        () -> new StaticActivationQuantizer(4, true)),
                new Aware(
                        new SymmetricQuantizer(2, Granularity.perRow()),
                        new TernaryQuantizer(Granularity.perGroup(2)),
                        ActivationQuantization.dynamic(4, false),
                        () -> new DynamicActivationQuantizer(4, false)),
                new Aware(
                        new BinaryQuantizer(Granularity.perRow()),
                        new SymmetricQuantizer(8, Granularity.perRow()),
                        ActivationQuantization.dynamic(8, true).withGroup(4),
                        () -> new DynamicActivationQuantizer(8, true, 4)));
    }

    @ParameterizedTest
    @MethodSource("quantizationAware")
    void quantizationAwareGradientsAreTheDefinitions(Aware aware) {
        Map<String, float[]> weights = TinyGpt2.weights(STUDENT, 7);
        int[] ids = TinyGpt2.ids(8, TOKENS + 1, VOCABULARY);
        WeightQuantization quantizers = everyMatrix(aware.linears(), aware.embedding());
        Computed computed = run(
                DistillationLoss.labelsOnly(),
                weights,
                TinyGpt2.weights(TEACHER, 2),
                new FakeQuantization(quantizers, aware.inputs()),
                false,
                1,
                List.of(ids));
        try (NDManager scope = manager.newSubManager()) {
            DefinitionGpt2 definition = new DefinitionGpt2(
                    scope, STUDENT, weights, quantizers, aware.definition(), StraightThroughEstimator.PLAIN);
            Map<String, float[]> expected = definition.gradients(scope, ids);
            expected.forEach((name, values) -> {
                for (float value : values) {
                    assertTrue(Float.isFinite(value), name);
                }
            });
            assertGradients(ReferenceGpt2.widen(expected), computed.gradients(), 2e-4);
        }
    }

    @Test
    void microBatchesAddUpToOneBatch() {
        DistillationLoss loss = loss(0.3, 2, 0.5, 2, 0.7, 0.2);
        Map<String, float[]> student = TinyGpt2.weights(STUDENT, 1);
        Map<String, float[]> teacher = TinyGpt2.weights(TEACHER, 2);
        int row = TOKENS + 1;
        int[] ids = TinyGpt2.ids(3, 6 * row, VOCABULARY);
        FakeQuantization quantization = new FakeQuantization(
                everyMatrix(new TernaryQuantizer(Granularity.perRow()), new BinaryQuantizer(Granularity.perRow())),
                ActivationQuantization.dynamic(8, true));
        Computed whole = run(loss, student, teacher, quantization, false, 6, List.of(ids));
        List<int[]> parts = List.of(
                Arrays.copyOfRange(ids, 0, 2 * row),
                Arrays.copyOfRange(ids, 2 * row, 4 * row),
                Arrays.copyOfRange(ids, 4 * row, 6 * row));
        Computed summed = run(loss, student, teacher, quantization, false, 2, parts);
        assertNear(whole.losses().total(), summed.losses().total(), "total");
        assertNear(whole.losses().kl(), summed.losses().kl(), "kl");
        assertNear(whole.losses().softCrossEntropy(), summed.losses().softCrossEntropy(), "soft cross-entropy");
        assertNear(whole.losses().labels(), summed.losses().labels(), "labels");
        assertNear(whole.losses().hidden(), summed.losses().hidden(), "hidden");
        assertNear(whole.losses().attention(), summed.losses().attention(), "attention");
        assertGradients(ReferenceGpt2.widen(whole.gradients()), summed.gradients(), 2e-5);
    }

    /** Five rows on two, three and eight workers; twice, with the same bits. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void workersAddUpToOne(int workers) {
        DistillationLoss loss = loss(0.3, 2, 0.5, 2, 0.7, 0.2);
        Map<String, float[]> student = TinyGpt2.weights(STUDENT, 1);
        Map<String, float[]> teacher = TinyGpt2.weights(TEACHER, 2);
        int row = TOKENS + 1;
        List<int[]> ids = List.of(TinyGpt2.ids(3, 5 * row, VOCABULARY), TinyGpt2.ids(4, 5 * row, VOCABULARY));
        FakeQuantization quantization = new FakeQuantization(
                everyMatrix(new TernaryQuantizer(Granularity.perRow()), new BinaryQuantizer(Granularity.perRow())),
                ActivationQuantization.dynamic(8, true));
        Computed alone = run(loss, student, teacher, quantization, false, 5, ids);
        try (DataParallel parallel = new DataParallel(workers)) {
            Computed together = run(loss, student, teacher, quantization, false, 5, ids, parallel);
            assertNear(alone.losses().total(), together.losses().total(), "total");
            assertNear(alone.losses().kl(), together.losses().kl(), "kl");
            assertNear(alone.losses().hidden(), together.losses().hidden(), "hidden");
            assertNear(alone.losses().attention(), together.losses().attention(), "attention");
            assertGradients(ReferenceGpt2.widen(alone.gradients()), together.gradients(), 2e-5);
            Computed again = run(loss, student, teacher, quantization, false, 5, ids, parallel);
            together.gradients()
                    .forEach((name, values) ->
                            assertArrayEquals(values, again.gradients().get(name), name));
        }
    }

    @Test
    void theTeacherStaysAndStaticRangesAreTheStudentsAlone() {
        try (Decoder student = model(STUDENT, TinyGpt2.weights(STUDENT, 1));
                Decoder teacher = model(TEACHER, TinyGpt2.weights(TEACHER, 2));
                NDManager scope = manager.newSubManager()) {
            FakeQuantization quantization = new FakeQuantization(
                    everyMatrix(new BinaryQuantizer(Granularity.perRow()), new BinaryQuantizer(Granularity.perRow())),
                    ActivationQuantization.fixed(8, true, Map.of()));
            new DistillationStep(student, Optional.of(teacher), loss(1, 0, 0, 1, 1, 1), false, ALONE)
                    .run(scope, List.of(TinyGpt2.ids(3, 2 * (TOKENS + 1), VOCABULARY)), 2, quantization);
            for (float bound : student.ranges().toFloatArray()) {
                assertTrue(Float.isFinite(bound), "every linear's inputs were seen");
            }
            for (float bound : teacher.ranges().toFloatArray()) {
                assertTrue(Float.isNaN(bound), "the teacher's were not");
            }
            TinyGpt2.weights(TEACHER, 2)
                    .forEach((name, values) -> assertTrue(
                            Arrays.equals(values, teacher.parameters().get(name).toFloatArray()), name));
        }
    }

    /** The first micro-batch sets the first layer's range, the second moves it by what the momentum leaves. */
    @Test
    void runningRangesHaveTheMomentumThatIsAskedFor() {
        List<int[]> batches =
                List.of(TinyGpt2.ids(3, 2 * (TOKENS + 1), VOCABULARY), TinyGpt2.ids(4, 2 * (TOKENS + 1), VOCABULARY));
        float[] first = ranges(batches.subList(0, 1), 0);
        float[] second = ranges(batches.subList(1, 2), 0);
        for (double momentum : new double[] {0, 0.25, FakeQuantization.XTC_MOMENTUM}) {
            float[] both = ranges(batches, momentum);
            for (int end = 0; end < 2; end++) {
                assertEquals(momentum * first[end] + (1 - momentum) * second[end], both[end], 1e-6);
            }
        }
    }

    private static float[] ranges(List<int[]> microBatches, double momentum) {
        FakeQuantization quantization = new FakeQuantization(
                WeightQuantization.none(), ActivationQuantization.fixed(8, true, Map.of()), momentum);
        try (Decoder student = model(STUDENT, TinyGpt2.weights(STUDENT, 1));
                NDManager scope = manager.newSubManager()) {
            new DistillationStep(student, Optional.empty(), DistillationLoss.labelsOnly(), false, ALONE)
                    .run(scope, microBatches, 2, quantization);
            return student.ranges().toFloatArray();
        }
    }

    @Test
    void termsOfATeacherNeedOne() {
        try (Decoder student = model(STUDENT, TinyGpt2.weights(STUDENT, 1))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new DistillationStep(student, Optional.empty(), loss(1, 0, 0, 1, 0, 0), false, ALONE));
            new DistillationStep(student, Optional.empty(), DistillationLoss.labelsOnly(), false, ALONE);
        }
    }

    /** Also with quantized inputs whose running ranges must move once, not twice. */
    @ParameterizedTest
    @MethodSource("losses")
    void blocksRunAgainGiveTheSameGradients(DistillationLoss loss) {
        int[] ids = TinyGpt2.ids(3, 2 * (TOKENS + 1), VOCABULARY);
        FakeQuantization quantization = new FakeQuantization(
                everyMatrix(new TernaryQuantizer(Granularity.perRow()), new BinaryQuantizer(Granularity.perRow())),
                ActivationQuantization.fixed(8, false, Map.of()));
        List<List<float[]>> found = new ArrayList<>();
        for (boolean again : new boolean[] {false, true}) {
            try (Decoder student = model(STUDENT, TinyGpt2.weights(STUDENT, 1));
                    Decoder teacher = model(TEACHER, TinyGpt2.weights(TEACHER, 2));
                    NDManager scope = manager.newSubManager()) {
                DistillationStep step = new DistillationStep(
                        student,
                        Optional.of(teacher),
                        Optional.empty(),
                        loss,
                        new DistillationStep.Gradients(true, again),
                        ALONE);
                DistillationStep.Result result = step.run(scope, List.of(ids, ids), 2, quantization);
                List<float[]> values = new ArrayList<>();
                result.gradients().forEach(gradient -> values.add(gradient.toFloatArray()));
                values.add(student.ranges().toFloatArray());
                values.add(new float[] {(float) result.losses().total()});
                found.add(values);
            }
        }
        for (int i = 0; i < found.getFirst().size(); i++) {
            assertArrayEquals(found.get(0).get(i), found.get(1).get(i), 1e-6f, "array " + i);
        }
    }
}
