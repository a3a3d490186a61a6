package io.bantam.compression.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RunningMinMax;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StraightThroughEstimatorTest {

    /** Gradient of {@code sum(upstream * ste(x))} with respect to x. */
    private static float[] gradient(
            StraightThroughEstimator estimator, Quantizer quantizer, float[] x, float[] upstream) {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray weight = manager.create(x, new Shape(1, x.length));
            weight.setRequiresGradient(true);
            NDArray quantized = estimator.fakeQuantize(weight, quantizer);
            collector.backward(quantized
                    .mul(manager.create(upstream, new Shape(1, x.length)))
                    .sum());
            return weight.getGradient().toFloatArray();
        }
    }

    @Test
    void plainGradientIsTheUpstreamGradient() {
        float[] x = {0.5f, -2f, 0f, 4f};
        float[] upstream = {1f, -3f, 0.5f, 2f};
        for (Quantizer quantizer : new Quantizer[] {
            new BinaryQuantizer(Granularity.perRow()),
            new TernaryQuantizer(Granularity.perTensor()),
            new SymmetricQuantizer(4, Granularity.perGroup(2)),
            new AsymmetricQuantizer(4, Granularity.perRow())
        }) {
            assertArrayEquals(upstream, gradient(StraightThroughEstimator.PLAIN, quantizer, x, upstream));
        }
    }

    @Test
    void clippedGradientStopsHalfAStepBeyondTheGrid() {
        float[] upstream = {1, 2, 3, 4, 5};
        // Binary: a = mean|x| = 1, gradient up to |x| = 2.
        float[] x = {0.5f, -0.25f, 1f, 3f, -0.25f};
        assertArrayEquals(
                new float[] {1, 2, 3, 0, 5},
                gradient(StraightThroughEstimator.CLIPPED, new BinaryQuantizer(Granularity.perTensor()), x, upstream));
        // Ternary: mean 2.2, threshold 1.54, kept 2, 3, 5: a = 10/3, gradient up to |x| = 5.
        float[] y = {2f, -3f, 0.5f, -5.1f, 0.4f};
        assertArrayEquals(
                new float[] {1, 2, 3, 0, 5},
                gradient(StraightThroughEstimator.CLIPPED, new TernaryQuantizer(Granularity.perTensor()), y, upstream));
        // Symmetric 3 bits: max 4, step 1, codes -4 to 3, so gradient from -4.5 to 3.5.
        float[] z = {-4f, 3.4f, 3.5f, 3.6f, 4f};
        assertArrayEquals(
                new float[] {1, 2, 3, 0, 0},
                gradient(
                        StraightThroughEstimator.CLIPPED,
                        new SymmetricQuantizer(3, Granularity.perTensor()),
                        z,
                        upstream));
        // Asymmetric 2 bits: range 0 to 4, step 1, codes 0 to 3, so gradient up to 3.5.
        float[] a = {0f, 1.2f, 3.5f, 3.6f, 4f};
        assertArrayEquals(
                new float[] {1, 2, 3, 0, 0},
                gradient(
                        StraightThroughEstimator.CLIPPED,
                        new AsymmetricQuantizer(2, Granularity.perTensor()),
                        a,
                        upstream));
    }

    @ParameterizedTest
    @EnumSource
    void theValueIsExactlyTheQuantizedOne(StraightThroughEstimator estimator) {
        Random random = new Random(11);
        float[] x = new float[64 * 32];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian() * 0.02f;
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.create(x, new Shape(64, 32));
            Quantizer quantizer = new SymmetricQuantizer(4, Granularity.perRow());
            int before = manager.getManagedArrays().size();
            NDArray estimated = estimator.fakeQuantize(weight, quantizer);
            assertEquals(before + 1, manager.getManagedArrays().size());
            float[] expected = quantizer.fakeQuantize(x, 64, 32);
            float[] actual = estimated.toFloatArray();
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i] + 0f, actual[i] + 0f);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void activationsPassGradientsWithinTheirRange(StraightThroughEstimator estimator) {
        StaticActivationQuantizer quantizer =
                new StaticActivationQuantizer(8, true, new RunningMinMax(0.95f, new Range(-1, 1)));
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray input = manager.create(new float[] {0.5f, -1f, 2f}, new Shape(1, 1, 3));
            input.setRequiresGradient(true);
            NDArray output = estimator.fakeQuantize(input, quantizer, false);
            assertArrayEquals(new float[] {0.5f, -1f, 127f / 128}, output.toFloatArray());
            collector.backward(output.sum());
            float outside = estimator == StraightThroughEstimator.PLAIN ? 1 : 0;
            assertArrayEquals(new float[] {1, 1, outside}, input.getGradient().toFloatArray());
        }
    }
}
