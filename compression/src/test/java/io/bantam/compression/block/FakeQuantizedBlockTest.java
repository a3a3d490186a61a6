package io.bantam.compression.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.DynamicActivationQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.StraightThroughEstimator;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FakeQuantizedBlockTest {
    private static final float[] WEIGHT = {1, -3, 0.5f, 0.5f, 2, -2};
    private static final float[] INPUT = {4, 1.4f, -2.6f, 0, 0, 0, -8, 3, 7.9f, 1, 1, -1};

    @Test
    void linearMultipliesTheQuantizedInputWithTheQuantizedWeight() {
        FakeQuantizedLinear linear = new FakeQuantizedLinear(
                Optional.of(new BinaryQuantizer(Granularity.perRow())),
                Optional.of(new DynamicActivationQuantizer(4, true)),
                StraightThroughEstimator.PLAIN);
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray input = manager.create(INPUT, new Shape(2, 2, 3));
            NDArray weight = manager.create(WEIGHT, new Shape(2, 3));
            NDArray bias = manager.create(new float[] {10, 20});
            input.setRequiresGradient(true);
            weight.setRequiresGradient(true);
            bias.setRequiresGradient(true);
            int before = manager.getManagedArrays().size();
            NDArray output = linear.forward(input, weight, bias, true);
            assertEquals(before + 1, manager.getManagedArrays().size());
            // Weights: 1.5 [+ - +] and 1.5 [+ + -]. Tokens: scale 0.5 -> 3.5, 1.5, -2.5; zeros; scale 1 -> -8, 3, 7;
            // scale 1/8 -> 7/8, 7/8, -1.
            assertEquals(new Shape(2, 2, 2), output.getShape());
            assertArrayEquals(
                    new float[] {
                        10 + 1.5f * (3.5f - 1.5f - 2.5f),
                        20 + 1.5f * (3.5f + 1.5f + 2.5f),
                        10,
                        20,
                        10 + 1.5f * (-8 - 3 + 7),
                        20 + 1.5f * (-8 + 3 - 7),
                        10 + 1.5f * -1,
                        20 + 1.5f * 2.75f
                    },
                    output.toFloatArray(),
                    1e-5f);
            collector.backward(output.sum());
            // d/dx: sum of the quantized weight's columns; d/dW: sum of the quantized tokens.
            assertArrayEquals(
                    new float[] {3, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 0},
                    input.getGradient().toFloatArray(),
                    1e-6f);
            float[] tokens = {3.5f - 8 + 0.875f, 1.5f + 3 + 0.875f, -2.5f + 7 - 1};
            assertArrayEquals(
                    new float[] {tokens[0], tokens[1], tokens[2], tokens[0], tokens[1], tokens[2]},
                    weight.getGradient().toFloatArray(),
                    1e-5f);
            assertArrayEquals(new float[] {4, 4}, bias.getGradient().toFloatArray());
        }
    }

    @Test
    void withoutQuantizersLinearIsAPlainLinear() {
        FakeQuantizedLinear linear =
                new FakeQuantizedLinear(Optional.empty(), Optional.empty(), StraightThroughEstimator.PLAIN);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray input = manager.create(new float[] {1, 2, 3}, new Shape(1, 3));
            NDArray output = linear.forward(input, manager.create(WEIGHT, new Shape(2, 3)), null, false);
            assertArrayEquals(new float[] {-3.5f, -1.5f}, output.toFloatArray());
        }
    }

    @Test
    void embeddingServesLookupAndVocabularyProductFromOneQuantizedTable() {
        FakeQuantizedEmbedding embedding = new FakeQuantizedEmbedding(
                Optional.of(new SymmetricQuantizer(3, Granularity.perRow())), StraightThroughEstimator.PLAIN);
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray table = manager.create(new float[] {4, 1.2f, -4, 0.7f, 0, 0}, new Shape(3, 2));
            table.setRequiresGradient(true);
            NDArray quantized = embedding.quantizedTable(table);
            assertArrayEquals(new float[] {3, 1, -4, 1, 0, 0}, quantized.toFloatArray());
            NDArray ids = manager.create(new long[] {1, 0, 1, 2}, new Shape(2, 2));
            NDArray hidden = FakeQuantizedEmbedding.lookup(ids, quantized);
            assertEquals(new Shape(2, 2, 2), hidden.getShape());
            assertArrayEquals(new float[] {-4, 1, 3, 1, -4, 1, 0, 0}, hidden.toFloatArray());
            NDArray logits = FakeQuantizedEmbedding.logits(hidden, quantized);
            assertEquals(new Shape(2, 2, 3), logits.getShape());
            assertArrayEquals(new float[] {-11, 17, 0}, Arrays.copyOf(logits.toFloatArray(), 3));
            collector.backward(hidden.sum());
            assertArrayEquals(
                    new float[] {1, 1, 2, 2, 1, 1}, table.getGradient().toFloatArray());
        }
    }

    @Test
    void unquantizedTableIsACopyThatTheCallerMayClose() {
        FakeQuantizedEmbedding embedding = new FakeQuantizedEmbedding(Optional.empty(), StraightThroughEstimator.PLAIN);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray table = manager.create(new float[] {1, 2}, new Shape(1, 2));
            embedding.quantizedTable(table).close();
            assertArrayEquals(new float[] {1, 2}, table.toFloatArray());
        }
    }
}
