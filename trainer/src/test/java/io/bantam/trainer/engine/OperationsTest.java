package io.bantam.trainer.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.DynamicActivationQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.StaticActivationQuantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.compression.range.RunningMinMax;
import io.bantam.trainer.model.FakeQuantization;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fused quantizers and losses against their definitions. */
class OperationsTest {
    private static final int ROWS = 6;
    private static final int COLUMNS = 12;

    /** Operations that are not entries of the library, made callable: a call passes tensors alone. */
    private static final String WRAPPERS = """

              def input_value(self: __torch__.Ops, x: Tensor, scheme: Tensor, range: Tensor,
                              momentum: Tensor) -> Tensor:
                return self.quantized_input(x, scheme, range, float(torch.select(momentum, 0, 0)))

              def input_gradient(self: __torch__.Ops, x: Tensor, scheme: Tensor, range: Tensor,
                                 upstream: Tensor) -> Tensor:
                leaf = torch.requires_grad_(torch.detach(x), True)
                y = self.quantized_input(leaf, scheme, range, 0.95)
                found = torch.grad([y], [leaf], annotate(List[Optional[Tensor]], [upstream]), False, False, True)
                d = torch.zeros_like(x)
                one = found[0]
                if one is not None:
                  d = one
                return d

              def losses(self: __torch__.Ops, s: Tensor, ws: Tensor, t: Tensor, wt: Tensor, labels: Tensor,
                         terms: Tensor, chunk: Tensor) -> List[Tensor]:
                none = torch.zeros([0])
                tokens = int(torch.select(chunk, 0, 0))
                sums, ds, dw = self.vocabulary_losses(s, ws, t, wt, none, none, labels, terms, tokens, 6)
                return [sums, ds, dw]
            """;

    private static final String PRODUCT = """

              def product_of(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, kind: Tensor) -> Tensor:
                return self.product(x, w, b, int(torch.select(kind, 0, 0)))
            """;

    private static Operations operations;
    private NDManager manager;

    @BeforeAll
    static void load() {
        operations = Operations.load(Device.cpu(), Operations.source(Device.cpu()) + WRAPPERS);
    }

    @AfterAll
    static void unload() {
        operations.close();
    }

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void close() {
        manager.close();
    }

    static Stream<Quantizer> byRow() {
        return Stream.of(
                new BinaryQuantizer(Granularity.perRow()),
                new TernaryQuantizer(Granularity.perRow()),
                new SymmetricQuantizer(4, Granularity.perRow()),
                new AsymmetricQuantizer(4, Granularity.perRow()));
    }

    /** A matrix that a core's cache does not hold is quantized a few groups at a time. */
    @ParameterizedTest
    @MethodSource("byRow")
    void largeWeightsAreOnTheGridOfTheDefinition(Quantizer definition) {
        int columns = 600;
        NDArray w = manager.randomNormal(0, 1, new Shape(1001, columns), DataType.FLOAT32);
        float[] expected = definition.fakeQuantize(w).toFloatArray();
        float[] actual = operations
                .call(
                        "quantized_weight",
                        new Arguments(manager)
                                .tensor("w", w)
                                .integers("scheme", FakeQuantization.scheme(definition, List.of(1001, columns))))
                .singletonOrThrow()
                .toFloatArray();
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 1e-5 * Math.abs(expected[i]), "weight " + i);
        }
    }

    /** Random; then rows of zeros, of constants, of halves (ties), with an outlier, of one sign, and tiny. */
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
                default -> (float) (1e-20 * random.nextGaussian());
            };
        }
        return List.of(normal, corners, new float[ROWS * COLUMNS]);
    }

    @Test
    void aWeightWithoutSchemeStays() {
        float[] weights = matrices().getFirst();
        NDArray w = manager.create(weights, new Shape(ROWS, COLUMNS));
        Arguments arguments = new Arguments(manager).tensor("w", w).integers("scheme", 0, 0, 0);
        assertArrayEquals(
                weights,
                operations
                        .call("quantized_weight", arguments)
                        .singletonOrThrow()
                        .toFloatArray());
    }

    /** Tokens of 8 features: random ones, zeros, a constant, one of one sign. */
    private NDArray activations(long seed) {
        Random random = new Random(seed);
        float[] values = new float[2 * 3 * 8];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (i / 8) {
                case 1 -> 0;
                case 2 -> 0.3f;
                case 4 -> 2 + random.nextFloat();
                default -> (float) (3 * random.nextGaussian());
            };
        }
        return manager.create(values, new Shape(2, 3, 8));
    }

    private NDArray nowhere() {
        return manager.create(new float[] {Float.NaN, Float.NaN});
    }

    private float[] fused(NDArray x, boolean symmetric, int bits, int form, NDArray range, double momentum) {
        return operations
                .call(
                        "input_value",
                        new Arguments(manager)
                                .tensor("x", x)
                                .integers("scheme", symmetric ? 3 : 4, bits, form)
                                .tensor("range", range)
                                .numbers("momentum", momentum))
                .singletonOrThrow()
                .toFloatArray();
    }

    /** The fused value is x + (q - x), which rounds: within an ulp or two of the larger of both. */
    private static void assertOnGrid(float[] expected, float[] x, float[] actual, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(
                    expected[i], actual[i], tolerance * Math.max(Math.abs(x[i]), Math.abs(expected[i])), "value " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, true, 0",
        "8, false, 0",
        "4, true, 0",
        "4, false, 0",
        "8, true, 4",
        "8, false, 2",
        "4, true, 2",
        "4, false, 8"
    })
    void dynamicInputsAreOnTheGridOfTheDefinition(int bits, boolean symmetric, int group) {
        NDArray x = activations(5);
        float[] expected = new DynamicActivationQuantizer(bits, symmetric, group)
                .fakeQuantize(x, true)
                .toFloatArray();
        NDArray range = nowhere();
        assertOnGrid(expected, x.toFloatArray(), fused(x, symmetric, bits, group, range, 0.95), 1e-6);
        assertTrue(Float.isNaN(range.getFloat(0)), "a dynamic grid leaves no range behind");
    }

    @ParameterizedTest
    @CsvSource({"8, true, 0.95", "8, false, 0.95", "4, true, 0.5", "4, false, 0"})
    void staticInputsFollowTheRunningRangeOfTheDefinition(int bits, boolean symmetric, float momentum) {
        StaticActivationQuantizer definition =
                new StaticActivationQuantizer(bits, symmetric, new RunningMinMax(momentum));
        NDArray range = nowhere();
        for (int batch = 0; batch < 4; batch++) {
            boolean learn = batch < 3;
            NDArray x = activations(20 + batch).mul(1 + batch);
            float[] expected = definition.fakeQuantize(x, learn).toFloatArray();
            assertOnGrid(expected, x.toFloatArray(), fused(x, symmetric, bits, 1, range, learn ? momentum : 1), 1e-5);
            assertEquals(definition.range().minimum(), range.getFloat(0), 1e-5);
            assertEquals(definition.range().maximum(), range.getFloat(1), 1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 8, 0", "3, 4, 1", "4, 8, 1", "4, 4, 0", "0, 0, 0"})
    void gradientsOfInputsPassStraightThrough(int kind, int bits, int fixed) {
        NDArray x = activations(6);
        NDArray upstream = activations(7);
        Arguments arguments = new Arguments(manager)
                .tensor("x", x)
                .integers("scheme", kind, bits, fixed)
                .tensor("range", nowhere())
                .tensor("upstream", upstream);
        assertArrayEquals(
                upstream.toFloatArray(),
                operations.call("input_gradient", arguments).singletonOrThrow().toFloatArray());
    }

    /** With the unit matrix as embedding the last hidden states are the logits. */
    private NDList losses(float[] student, float[] teacher, long[] labels, double[] terms, int classes, int chunk) {
        int tokens = student.length / classes;
        return operations.call(
                "losses",
                new Arguments(manager)
                        .tensor("s", manager.create(student, new Shape(tokens, classes)))
                        .tensor("ws", manager.eye(classes))
                        .tensor("t", manager.create(teacher, new Shape(tokens, classes)))
                        .tensor("wt", manager.eye(classes))
                        .integers("labels", labels)
                        .numbers("terms", terms)
                        .integers("chunk", chunk));
    }

    /** The vector kd_logit_losses of quantizer_vectors.json (DeepSpeedExamples, Megatron-DeepSpeed). */
    @Test
    void logitLossesAreThoseOfTheReferences() {
        float[] student = {2.0f, 0.5f, -1.0f, 0.1f, 0.2f, 0.3f, 1.5f, -0.5f, 0.0f, -1.0f, 2.0f, 0.4f};
        float[] teacher = {1.0f, 1.2f, -0.7f, 0.0f, 0.5f, 0.1f, 2.2f, -1.0f, 0.3f, -0.5f, 1.1f, 0.9f};
        long[] labels = {0, 1, 2, 0};
        float[] plain = losses(student, teacher, labels, new double[] {1, 1, 0, 1}, 3, 64)
                .getFirst()
                .toFloatArray();
        assertEquals(0.15525101020473336, plain[0], 1e-6, "kl_mean_T1");
        assertEquals(0.3388635869990611, plain[1], 1e-6, "deepspeed_example");
        float[] soft = losses(student, teacher, labels, new double[] {1, 0, 0, 2}, 3, 64)
                .getFirst()
                .toFloatArray();
        assertEquals(0.16832117580020323, soft[0], 1e-6, "kl_mean_T2_times_T2, megatron_T2");
        assertEquals(1.0586834028714696 / 3, soft[1], 1e-6, "textbrewer_ce_T2, over the classes too");
    }

    @Test
    void chunksChangeNothing() {
        agreeInAllChunks(7, 10, 1, 3, 10);
    }

    /** A large chunk's logits are worked on a few tokens at a time. */
    @Test
    void aVocabularyLargerThanACacheChangesNothing() {
        agreeInAllChunks(3000, 200, 40);
    }

    private void agreeInAllChunks(int classes, int tokens, int... chunks) {
        Random random = new Random(9);
        float[] student = new float[tokens * classes];
        float[] teacher = new float[tokens * classes];
        for (int i = 0; i < student.length; i++) {
            student[i] = (float) (2 * random.nextGaussian());
            teacher[i] = (float) (2 * random.nextGaussian());
        }
        long[] labels = random.longs(tokens, 0, classes).toArray();
        double[] terms = {0.7, 3, 0.4, 1.5};
        NDList whole = losses(student, teacher, labels, terms, classes, 1000);
        for (int chunk : chunks) {
            NDList parts = losses(student, teacher, labels, terms, classes, chunk);
            for (int i = 0; i < 3; i++) {
                float[] expected = whole.get(i).toFloatArray();
                float allowed = 2e-6f * Math.max(1, largest(expected));
                assertArrayEquals(expected, parts.get(i).toFloatArray(), allowed, "chunk " + chunk);
            }
        }
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** With oneDNN and without, whatever this machine's engine has by itself. */
    @ParameterizedTest
    @ValueSource(strings = {"onednn.py", "plain.py"})
    void productsWithoutGradientAreThoseOfTheDefinition(String products) {
        assumeTrue(products.equals("plain.py") || Operations.hasOneDnn());
        String source = Operations.source(List.of("operations.py", "encoder.py", products)) + PRODUCT;
        try (Operations library = Operations.load(Device.cpu(), source)) {
            int outputs = 5;
            NDArray x = manager.randomNormal(new Shape(2, ROWS, COLUMNS));
            NDArray w = manager.randomNormal(new Shape(outputs, COLUMNS));
            for (NDArray b : List.of(manager.create(new Shape(0)), manager.randomNormal(new Shape(outputs)))) {
                NDArray sums = x.matMul(w.transpose());
                NDArray z = b.size() == 0 ? sums : sums.add(b);
                NDArray tanh = z.add(z.pow(3).mul(0.044715))
                        .mul(Math.sqrt(2 / Math.PI))
                        .tanh();
                List<NDArray> expected = List.of(
                        z,
                        z.mul(0.5).mul(tanh.add(1)),
                        z.mul(z.div(Math.sqrt(2)).erf().add(1)).div(2));
                for (int i = 0; i < 3; i++) {
                    Arguments arguments =
                            new Arguments(manager).tensor("x", x).tensor("w", w).tensor("b", b);
                    NDArray found = library.call("product_of", arguments.integers("kind", i == 0 ? -1 : i == 1 ? 0 : 2))
                            .singletonOrThrow();
                    assertEquals(expected.get(i).getShape(), found.getShape());
                    assertArrayEquals(expected.get(i).toFloatArray(), found.toFloatArray(), 1e-5f, products + " " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "onednn.py, 5",
        "onednn.py, 192",
        "onednn.py, 500",
        "onednn.py, 1100",
        "onednn.py, 2048",
        "plain.py, 5",
        "plain.py, 500"
    })
    void secondMomentsAreThoseOfTheDefinition(String products, int features) {
        assumeTrue(products.equals("plain.py") || Operations.hasOneDnn());
        String source = Operations.source(List.of("operations.py", "encoder.py", products));
        try (Operations library = Operations.load(Device.cpu(), source);
                InputStatistics found = new InputStatistics(manager, features, library::addMoments, false);
                InputStatistics defined = new InputStatistics(manager, features)) {
            for (int rows : new int[] {1, 7, 40}) {
                NDArray x = manager.randomNormal(new Shape(1, rows, features));
                found.observe(x);
                defined.observe(x);
            }
            assertArrayEquals(defined.moments(), found.moments(), 1e-5);
        }
    }

    /**
     * Without gradient queries go in parts; with it, and where there is no oneDNN, the engine's causal attention takes
     * them all.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 100, 128, 129, 300})
    void attentionInPartsIsThatOfTheWhole(int tokens) {
        assumeTrue(Operations.hasOneDnn());
        String plain = Operations.source(List.of("operations.py", "encoder.py", "plain.py"));
        try (Operations whole = Operations.load(Device.cpu(), plain)) {
            Shape shape = new Shape(2, 3, tokens, 8);
            NDArray q = manager.randomNormal(shape);
            NDArray k = manager.randomNormal(shape);
            NDArray v = manager.randomNormal(shape);
            Arguments arguments =
                    new Arguments(manager).tensor("q", q).tensor("k", k).tensor("v", v);
            assertArrayEquals(
                    whole.call("causal_attention", arguments).singletonOrThrow().toFloatArray(),
                    operations
                            .call("causal_attention", arguments)
                            .singletonOrThrow()
                            .toFloatArray(),
                    1e-5f);
        }
    }

    @Test
    void anOperationThatDoesNotExistIsNamed() {
        Arguments arguments = new Arguments(manager).tensor("x", manager.create(1f));
        Exception problem = assertThrows(RuntimeException.class, () -> operations.call("no_such_operation", arguments));
        assertTrue(problem.getMessage().contains("no_such_operation"), problem.getMessage());
    }

    @Test
    void resultsBelongToTheCallersManager() {
        try (NDManager scope = manager.newSubManager()) {
            NDArray w = manager.create(matrices().getFirst(), new Shape(ROWS, COLUMNS));
            NDArray result = operations
                    .call(
                            "quantized_weight",
                            new Arguments(scope).tensor("w", w).integers("scheme", 1, 1, 0))
                    .singletonOrThrow();
            scope.close();
            assertTrue(result.isReleased());
            assertEquals(Arrays.hashCode(matrices().getFirst()), Arrays.hashCode(w.toFloatArray()));
        }
    }
}
