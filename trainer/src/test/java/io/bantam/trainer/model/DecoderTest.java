package io.bantam.trainer.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecoderTest {
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

    private static Decoder model(DecoderConfig config, Map<String, float[]> weights, Precision precision) {
        return new Decoder(operations, DecoderParameters.of(manager, config, weights), precision);
    }

    private static double[] expected(DecoderConfig config, Map<String, float[]> weights, int[] ids, int batch) {
        ReferenceGpt2 reference = new ReferenceGpt2(config, ReferenceGpt2.widen(weights));
        int tokens = ids.length / batch;
        return IntStream.range(0, batch)
                .mapToObj(row -> reference.run(Arrays.copyOfRange(ids, row * tokens, (row + 1) * tokens)))
                .flatMap(pass -> Arrays.stream(pass.logits()))
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    private static void assertNear(double[] expected, float[] actual, double tolerance) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], tolerance, "logit " + i);
        }
    }

    @Test
    void aBlockInPartsComputesWhatTheModelDoes() {
        DecoderConfig config = TinyGpt2.config(50, 16, 24, 2, 4);
        Map<String, float[]> weights = TinyGpt2.weights(config, 9);
        int[] ids = TinyGpt2.ids(10, 2 * 11, 50);
        Map<String, float[]> expected = new HashMap<>();
        try (Decoder model = model(config, weights, Precision.FLOAT32);
                NDManager scope = manager.newSubManager()) {
            model.observeInputs(
                    ids, 2, FakeQuantization.none(), (name, input) -> expected.put(name, input.toFloatArray()));
            float[] embedded = new float[ids.length * 24];
            for (int i = 0; i < embedded.length; i++) {
                int token = i / 24;
                embedded[i] = weights.get("wte.weight")[ids[token] * 24 + i % 24]
                        + weights.get("wpe.weight")[token % 11 * 24 + i % 24];
            }
            NDArray stream = scope.create(embedded, new Shape(2, 11, 24));
            for (int layer = 0; layer < 2; layer++) {
                try (DecoderBlock block =
                        new DecoderBlock(operations, scope, config, layer, weights, Precision.FLOAT32)) {
                    NDArray input = null;
                    for (DecoderBlock.Part part : DecoderBlock.Part.values()) {
                        DecoderBlock.Step step = block.run(scope, part, stream);
                        if (part == DecoderBlock.Part.FEED_FORWARD || part == DecoderBlock.Part.END) {
                            float[] again = block.run(scope, part, stream, input).stream()
                                    .toFloatArray();
                            assertArrayEquals(step.stream().toFloatArray(), again, 0f, "with the input before " + part);
                            float[] other = block.run(scope, part, stream, input.mul(2)).stream()
                                    .toFloatArray();
                            assertFalse(Arrays.equals(again, other), "the given input is not used for " + part);
                        }
                        input = step.input();
                        stream = step.stream();
                        if (part != DecoderBlock.Part.END) {
                            String name = DecoderConfig.linears(layer).get(part.ordinal());
                            assertArrayEquals(expected.get(name), step.input().toFloatArray(), 1e-5f, name);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // vocabulary, positions, width, layers, heads, batch, tokens
        "17, 8, 8, 1, 1, 1, 8",
        "17, 8, 8, 1, 8, 3, 1",
        "50, 16, 24, 3, 4, 2, 15",
        "131, 40, 36, 5, 3, 4, 33"
    })
    void logitsAreThoseOfAFloat64Network(
            int vocabulary, int positions, int width, int layers, int heads, int batch, int tokens) {
        DecoderConfig config = TinyGpt2.config(vocabulary, positions, width, layers, heads);
        Map<String, float[]> weights = TinyGpt2.weights(config, 7);
        int[] ids = TinyGpt2.ids(8, batch * tokens, vocabulary);
        try (Decoder model = model(config, weights, Precision.FLOAT32)) {
            float[] logits = model.logits(ids, batch, FakeQuantization.none());
            assertNear(expected(config, weights, ids, batch), logits, 1e-4);
            assertArrayEquals(logits, model.logits(ids, batch, FakeQuantization.none()), "a second time");
        }
    }

    @Test
    void theLayerNormEpsilonIsTheConfigs() {
        DecoderConfig config = new DecoderConfig(13, 6, 8, 16, 2, 2, 0.5f, -1, -1, -1);
        Map<String, float[]> weights = TinyGpt2.weights(config, 9);
        int[] ids = TinyGpt2.ids(10, 6, 13);
        try (Decoder model = model(config, weights, Precision.FLOAT32)) {
            assertNear(expected(config, weights, ids, 1), model.logits(ids, 1, FakeQuantization.none()), 1e-4);
        }
    }

    @Test
    void explicitAttentionIsTheFusedOne() {
        DecoderConfig config = TinyGpt2.config(29, 12, 12, 2, 3);
        Map<String, float[]> weights = TinyGpt2.weights(config, 11);
        int[] ids = TinyGpt2.ids(12, 24, 29);
        try (Decoder model = model(config, weights, Precision.FLOAT32);
                NDManager scope = manager.newSubManager()) {
            long[] shape = model.shape(false, false, 0, 12);
            shape[2] = 1;
            Arguments arguments = model.model(new Arguments(scope).tensor("ids", Decoder.ids(scope, ids, 2)), "p")
                    .integers("shape", shape)
                    .tensor("weightSchemes", model.weightSchemes(scope, FakeQuantization.none()))
                    .tensor("inputSchemes", model.inputSchemes(scope, FakeQuantization.none()))
                    .tensor("ranges", model.ranges());
            float[] logits =
                    operations.call("logits", arguments).singletonOrThrow().toFloatArray();
            assertNear(expected(config, weights, ids, 2), logits, 1e-4);
        }
    }

    /** Short rows take the explicit attention there, rows of more than 512 tokens the fused one. */
    @ParameterizedTest
    @CsvSource({"12, 2", "520, 1"})
    void bfloat16IsNear(int tokens, int batch) {
        DecoderConfig config = TinyGpt2.config(23, tokens, 16, 2, 2);
        Map<String, float[]> weights = TinyGpt2.weights(config, 13);
        int[] ids = TinyGpt2.ids(14, batch * tokens, 23);
        double[] expected = expected(config, weights, ids, batch);
        double largest = Arrays.stream(expected).map(Math::abs).max().getAsDouble();
        try (Decoder model = model(config, weights, Precision.BFLOAT16)) {
            float[] logits = model.logits(ids, batch, FakeQuantization.none());
            assertNear(expected, logits, 3e-2 * largest);
            double difference = IntStream.range(0, logits.length)
                    .mapToDouble(i -> Math.abs(logits[i] - expected[i]))
                    .max()
                    .getAsDouble();
            assertTrue(difference > 1e-5, "products are in bfloat16, so a difference shows");
        }
    }

    @Test
    void evaluationSumsWhatTheLogitsSay() {
        DecoderConfig config = TinyGpt2.config(9, 12, 8, 2, 2);
        Map<String, float[]> weights = TinyGpt2.weights(config, 15);
        int batch = 5;
        int tokens = 11;
        int[] ids = TinyGpt2.ids(16, batch * (tokens + 1), 9);
        int[] ignored = {3, 5};
        double loss = 0;
        int correct = 0;
        int counted = 0;
        ReferenceGpt2 reference = new ReferenceGpt2(config, ReferenceGpt2.widen(weights));
        for (int row = 0; row < batch; row++) {
            int from = row * (tokens + 1);
            double[][] logits =
                    reference.run(Arrays.copyOfRange(ids, from, from + tokens)).logits();
            for (int t = 0; t < tokens; t++) {
                int label = ids[from + t + 1];
                double[] logShares = ReferenceGpt2.logSoftmax(logits[t], 1);
                loss -= logShares[label];
                double highest = Arrays.stream(logShares).max().getAsDouble();
                if (label != 3 && label != 5) {
                    counted++;
                    correct += logShares[label] == highest ? 1 : 0;
                }
            }
        }
        assertTrue(correct > 0 && counted < batch * tokens, "a case in which all numbers differ");
        try (Decoder model = model(config, weights, Precision.FLOAT32)) {
            Decoder.Sums sums = model.evaluate(ids, batch, FakeQuantization.none(), ignored);
            assertEquals(loss, sums.negativeLogLikelihood(), 1e-4);
            assertEquals(new Decoder.Sums(sums.negativeLogLikelihood(), batch * tokens, correct, counted), sums);
            assertEquals(loss / (batch * tokens), sums.loss(), 1e-5);
            assertEquals((double) correct / counted, sums.accuracy());
            Decoder.Sums all = model.evaluate(ids, batch, FakeQuantization.none());
            assertEquals(batch * tokens, all.counted(), "without ignored tokens all are counted");
        }
    }

    @Test
    void weightsThatDoNotFitAreRefused() {
        DecoderConfig config = TinyGpt2.config(9, 4, 8, 1, 2);
        Map<String, float[]> missing = new HashMap<>(TinyGpt2.weights(config, 1));
        missing.remove("h.0.mlp.c_fc.bias");
        assertRefused(config, missing, "'h.0.mlp.c_fc.bias': expected (24), found none");
        Map<String, float[]> unknown = new HashMap<>(TinyGpt2.weights(config, 1));
        unknown.put("lm_head.weight", new float[1]);
        assertRefused(config, unknown, "'lm_head.weight'");
        Map<String, float[]> small = new HashMap<>(TinyGpt2.weights(config, 1));
        small.put("wpe.weight", new float[31]);
        assertRefused(config, small, "'wpe.weight': expected (4, 8), found 31 values");
    }

    private static void assertRefused(DecoderConfig config, Map<String, float[]> weights, String message) {
        Exception problem = assertThrows(
                IllegalArgumentException.class,
                () -> DecoderParameters.of(manager, config, weights).close());
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
    }

    @Test
    void theSeedAloneDecidesInitialWeights() {
        DecoderConfig config = TinyGpt2.config(64, 16, 16, 2, 2);
        try (DecoderParameters one = DecoderParameters.random(manager, config, 1);
                DecoderParameters same = DecoderParameters.random(manager, config, 1);
                DecoderParameters other = DecoderParameters.random(manager, config, 2)) {
            Map<String, float[]> expected = one.toFloats();
            same.toFloats().forEach((name, values) -> assertArrayEquals(expected.get(name), values, name));
            assertTrue(!Arrays.equals(
                    expected.get("wte.weight"), other.get("wte.weight").toFloatArray()));
            assertEquals(0.02, deviation(expected.get("wte.weight")), 0.002);
            assertEquals(0.01, deviation(expected.get("h.1.mlp.c_proj.weight")), 0.001, "0.02 / sqrt(2 layers)");
            assertEquals(0, deviation(expected.get("h.0.attn.c_attn.bias")));
        }
    }

    private static double deviation(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }
}
