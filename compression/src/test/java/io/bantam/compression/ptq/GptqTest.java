package io.bantam.compression.ptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GptqTest {
    private static final int ROWS = 24;
    private static final int COLUMNS = 192;

    @Test
    void theFactorOfTheInverseMultipliesBackToTheInverse() {
        for (int n : new int[] {1, 2, 63, 64, 65, 130, 260}) {
            double[] h = new double[n * n];
            double[] x = moments(n, 2 * n, 7);
            for (int i = 0; i < n * n; i++) {
                h[i] = x[i] + (i % (n + 1) == 0 ? 0.1 : 0);
            }
            double[] added = new double[n];
            Arrays.fill(added, 0.1);
            double[] u;
            try (NDManager manager = NDManager.newBaseManager()) {
                u = InverseFactor.of(manager.create(moments(n, 2 * n, 7), new Shape(n, n)), added)
                        .toDoubleArray();
            }
            // (U^T U) H = I
            double[] inverse = new double[n * n];
            for (int k = 0; k < n; k++) {
                for (int i = 0; i < n; i++) {
                    for (int j = 0; j < n; j++) {
                        inverse[i * n + j] += u[k * n + i] * u[k * n + j];
                    }
                }
            }
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int k = 0; k < n; k++) {
                        sum += inverse[i * n + k] * h[k * n + j];
                    }
                    assertEquals(i == j ? 1 : 0, sum, 1e-8, n + ": " + i + ", " + j);
                }
                for (int j = 0; j < i; j++) {
                    assertEquals(0, u[i * n + j]);
                }
            }
        }
    }

    @Test
    void theOutputErrsLessThanWithTheNearestValuesForEveryGridAndOrder() {
        FloatMatrix weight = weight(3);
        double[] moments = moments(COLUMNS, 400, 4);
        for (Quantizer quantizer : List.of(
                new SymmetricQuantizer(4, Granularity.perRow()),
                new SymmetricQuantizer(3, Granularity.perTensor()),
                new AsymmetricQuantizer(3, Granularity.perGroup(32)),
                new AsymmetricQuantizer(2, Granularity.perGroup(64)),
                new TernaryQuantizer(Granularity.perRow()))) {
            double nearest = InputStatistics.outputError(
                    weight, quantizer.quantize(weight).dequantize(), moments);
            for (boolean byActivation : new boolean[] {false, true}) {
                Gptq.Result result = new Gptq(0.01, 128, byActivation).quantize(weight, quantizer, moments);
                double error =
                        InputStatistics.outputError(weight, result.matrix().dequantize(), moments);
                assertTrue(error < 0.7 * nearest, quantizer + " " + byActivation + ": " + error + " of " + nearest);
                assertEquals(0, result.deadColumns());
                assertEquals(error, result.outputError(), 1e-6 * error, quantizer + " " + byActivation);
            }
        }
    }

    @Test
    void theSizeOfABlockChangesOnlyTheOrderOfSums() {
        FloatMatrix weight = weight(5);
        double[] moments = moments(COLUMNS, 400, 6);
        Quantizer quantizer = new AsymmetricQuantizer(4, Granularity.perGroup(64));
        assertEquals(
                new Gptq(0.01, 64, false).quantize(weight, quantizer, moments).matrix(),
                new Gptq(0.01, 192, false).quantize(weight, quantizer, moments).matrix());
        // A block smaller than a group would fit the group's grid to weights that are out of date.
        assertEquals(
                new Gptq(0.01, 64, false).quantize(weight, quantizer, moments).matrix(),
                new Gptq(0.01, 1, false).quantize(weight, quantizer, moments).matrix());
    }

    @Test
    void uncorrelatedInputsGiveTheNearestValues() {
        FloatMatrix weight = weight(8);
        double[] identity = new double[COLUMNS * COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            identity[i * COLUMNS + i] = 3;
        }
        Quantizer quantizer = new SymmetricQuantizer(4, Granularity.perGroup(32));
        assertEquals(
                quantizer.quantize(weight),
                new Gptq().quantize(weight, quantizer, identity).matrix());
    }

    @Test
    void deadColumnsAreRoundedToTheNearestValue() {
        FloatMatrix weight = weight(9);
        double[] moments = moments(COLUMNS, 400, 10);
        for (int i = 0; i < COLUMNS; i++) {
            for (int dead : new int[] {0, 70, 191}) {
                moments[i * COLUMNS + dead] = 0;
                moments[dead * COLUMNS + i] = 0;
            }
        }
        Quantizer quantizer = new SymmetricQuantizer(4, Granularity.perRow());
        for (boolean byActivation : new boolean[] {false, true}) {
            Gptq.Result result = new Gptq(0.01, 128, byActivation).quantize(weight, quantizer, moments);
            assertEquals(3, result.deadColumns());
            float[] nearest = quantizer.quantize(weight).dequantize();
            float[] chosen = result.matrix().dequantize();
            for (int row = 0; row < ROWS; row++) {
                for (int dead : new int[] {0, 70, 191}) {
                    assertEquals(nearest[row * COLUMNS + dead], chosen[row * COLUMNS + dead]);
                }
            }
        }
    }

    @Test
    void momentsThatAreNotPositiveDefiniteAreDampedMore() {
        FloatMatrix weight = weight(11);
        double[] moments = moments(COLUMNS, 400, 12);
        // Not what inputs can give, but what rounding can leave: a clearly negative direction.
        moments[0] = 1e-9;
        Quantizer quantizer = new SymmetricQuantizer(4, Granularity.perRow());
        Gptq.Result result = new Gptq().quantize(weight, quantizer, moments);
        assertTrue(result.damping() > 0.01, "damping " + result.damping());
        moments[0] = Double.NaN;
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new Gptq().quantize(weight, quantizer, moments))
                .getMessage();
        assertTrue(message.contains("not positive definite"), message);
    }

    @Test
    void mistakesAreNamed() {
        FloatMatrix weight = weight(13);
        double[] moments = moments(COLUMNS, 400, 14);
        assertThrows(IllegalArgumentException.class, () -> new Gptq(0, 128, false));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Gptq().quantize(weight, new BinaryQuantizer(Granularity.perRow()), moments));
        SymmetricQuantizer quantizer = new SymmetricQuantizer(4, Granularity.perGroup(50));
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new Gptq().quantize(weight, quantizer, moments))
                .getMessage();
        assertTrue(message.contains("group size 50 does not divide the 192 columns"), message);
        weight.values()[5] = Float.NaN;
        message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new Gptq().quantize(weight, new SymmetricQuantizer(4, Granularity.perRow()), moments))
                .getMessage();
        assertTrue(message.contains("only finite weights"), message);
    }

    @Test
    void statisticsOfBatchesAreThoseOfAllInputs() {
        try (NDManager manager = NDManager.newBaseManager();
                InputStatistics statistics = new InputStatistics(manager, 2)) {
            assertThrows(IllegalStateException.class, statistics::moments);
            NDArray first = manager.create(new float[] {1, -2, 3, 4}, new Shape(1, 2, 2));
            int before = manager.getManagedArrays().size();
            statistics.observe(first);
            assertEquals(before, manager.getManagedArrays().size());
            statistics.observe(manager.create(new float[] {-5, 0}, new Shape(1, 2)));
            assertEquals(3, statistics.tokens());
            assertArrayEquals(new double[] {35 / 3., 10 / 3., 10 / 3., 20 / 3.}, statistics.moments(), 1e-12);
            assertArrayEquals(new double[] {-1 / 3., 2 / 3.}, statistics.means(), 1e-12);
            assertArrayEquals(new double[] {3, 2}, statistics.meanMagnitudes(), 1e-12);
            assertArrayEquals(new float[] {5, 4}, statistics.largestMagnitudes());
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> statistics.observe(
                                    manager.create(new float[] {1, Float.POSITIVE_INFINITY}, new Shape(1, 2))))
                    .getMessage();
            assertTrue(message.contains("NaN or infinite"), message);
            assertThrows(IllegalArgumentException.class, () -> statistics.observe(manager.ones(new Shape(2, 3))));
        }
    }

    @Test
    void statisticsOfFeaturesAreNotCollectedUnasked() {
        InputStatistics.Products products =
                (x, moments) -> moments.addi(x.transpose().matMul(x).toType(DataType.FLOAT64, false));
        try (NDManager manager = NDManager.newBaseManager();
                InputStatistics statistics = new InputStatistics(manager, 2, products, false)) {
            statistics.observe(manager.create(new float[] {1, -2, 3, 4}, new Shape(2, 2)));
            assertArrayEquals(new double[] {5, 5, 5, 10}, statistics.moments(), 1e-12);
            assertThrows(IllegalStateException.class, statistics::means);
            assertThrows(IllegalStateException.class, statistics::meanMagnitudes);
            assertThrows(IllegalStateException.class, statistics::largestMagnitudes);
            FloatMatrix weight = new FloatMatrix(1, 2, new float[] {1, 2});
            float[] quantized = {0.5f, 1};
            double error = InputStatistics.outputError(
                    weight, quantized, statistics.products().toDoubleArray());
            assertEquals(
                    statistics.relativeOutputError(weight, quantized),
                    statistics.relativeOutputError(weight, error),
                    1e-12);
            assertEquals(0, statistics.relativeOutputError(new FloatMatrix(1, 2, new float[2]), 0));
            NDArray damaged = manager.create(new float[] {1, Float.NaN}, new Shape(1, 2));
            assertThrows(IllegalArgumentException.class, () -> statistics.observe(damaged));
        }
    }

    @Test
    void productsOfManyFeaturesAreSymmetricAndThoseOfTheInputs() {
        int features = 600;
        try (NDManager manager = NDManager.newBaseManager();
                InputStatistics statistics = new InputStatistics(manager, features)) {
            NDArray first = manager.randomNormal(new Shape(2, 5, features));
            NDArray second = manager.randomNormal(new Shape(7, features));
            statistics.observe(first);
            statistics.products();
            statistics.observe(second);
            NDArray x = first.reshape(10, features).concat(second).toType(DataType.FLOAT64, false);
            double[] wanted = x.transpose().matMul(x).toDoubleArray();
            assertArrayEquals(wanted, statistics.products().toDoubleArray(), 1e-4);
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] /= 17;
            }
            assertArrayEquals(wanted, statistics.moments(), 1e-5);
            FloatMatrix weight = weight(features, 17);
            float[] quantized = new SymmetricQuantizer(3, Granularity.perRow())
                    .quantize(weight)
                    .dequantize();
            assertEquals(
                    InputStatistics.relativeOutputError(weight, quantized, wanted),
                    statistics.relativeOutputError(weight, quantized),
                    1e-6);
        }
    }

    @Test
    void theOutputErrorIsThatOfTheOutputs() {
        FloatMatrix weight = new FloatMatrix(1, 2, new float[] {1, 2});
        // Inputs (1, 1) and (1, -1), errors 0.5 and 1: outputs err by 1.5 and -0.5.
        double[] moments = {1, 0, 0, 1};
        assertEquals(
                (1.5 * 1.5 + 0.5 * 0.5) / 2,
                InputStatistics.outputError(weight, new float[] {0.5f, 1}, moments),
                1e-12);
    }

    private static FloatMatrix weight(long seed) {
        return weight(COLUMNS, seed);
    }

    private static FloatMatrix weight(int columns, long seed) {
        Random random = new Random(seed);
        float[] values = new float[ROWS * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.05f;
        }
        return new FloatMatrix(ROWS, columns, values);
    }

    /** {@code X^T X} of inputs whose features go together and differ in size. */
    private static double[] moments(int features, int tokens, long seed) {
        Random random = new Random(seed);
        double[] moments = new double[features * features];
        double[] x = new double[features];
        for (int token = 0; token < tokens; token++) {
            double last = 0;
            for (int i = 0; i < features; i++) {
                last = 0.8 * last + random.nextGaussian() * (1 + i % 5);
                x[i] = last;
            }
            for (int i = 0; i < features; i++) {
                for (int j = 0; j < features; j++) {
                    moments[i * features + j] += x[i] * x[j];
                }
            }
        }
        return moments;
    }
}
