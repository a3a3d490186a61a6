package io.bantam.compression.ptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** AWQ, SmoothQuant, AdaRound, AutoRound and bias correction. */
class CalibratedMethodsTest {
    private static final int ROWS = 16;
    private static final int COLUMNS = 64;
    private static final FloatMatrix WEIGHT = CorrelatedInputs.weight(ROWS, COLUMNS, 1);
    private static final float[] INPUTS = CorrelatedInputs.inputs(COLUMNS, 300, 2);
    private static final double[] MOMENTS = CorrelatedInputs.moments(INPUTS, COLUMNS);

    private static double error(float[] quantized) {
        return InputStatistics.outputError(WEIGHT, quantized, MOMENTS);
    }

    private static double[] meanMagnitudes() {
        double[] means = new double[COLUMNS];
        for (int i = 0; i < INPUTS.length; i++) {
            means[i % COLUMNS] += Math.abs(INPUTS[i]) / (INPUTS.length / COLUMNS);
        }
        return means;
    }

    @Test
    void awqsScalesLowerTheOutputsError() {
        Quantizer quantizer = new AsymmetricQuantizer(3, Granularity.perGroup(32));
        double[] scales = Awq.scales(WEIGHT, quantizer, meanMagnitudes(), MOMENTS);
        float[] scaled =
                quantizer.quantize(ScaleFolding.columns(WEIGHT, scales)).dequantize();
        double[] inverse = Arrays.stream(scales).map(scale -> 1 / scale).toArray();
        float[] effective = ScaleFolding.columns(new FloatMatrix(ROWS, COLUMNS, scaled), inverse)
                .values();
        double plain = error(quantizer.quantize(WEIGHT).dequantize());
        assertTrue(error(effective) < 0.8 * plain, error(effective) + " of " + plain);
        // The large feature's column is protected.
        assertTrue(scales[3] > 1.2, "scale " + scales[3]);
        // A wide grid needs no clipping, but never gets worse.
        float[] clipped =
                quantizer.quantize(Awq.clipped(WEIGHT, quantizer, MOMENTS, 0)).dequantize();
        assertTrue(error(clipped) < 1.05 * plain, error(clipped) + " of " + plain);
    }

    @Test
    void withEqualInputsAwqScalesNothing() {
        double[] ones = new double[COLUMNS];
        Arrays.fill(ones, 1);
        assertArrayEquals(
                ones, Awq.scales(WEIGHT, new SymmetricQuantizer(4, Granularity.perRow()), ones, MOMENTS), 1e-12);
        assertEquals(WEIGHT, Awq.clipped(WEIGHT, new SymmetricQuantizer(4, Granularity.perTensor()), MOMENTS, 0));
    }

    @Test
    void smoothingFollowsTheFormulaAndLeavesDeadColumnsAlone() {
        FloatMatrix weight = new FloatMatrix(2, 3, new float[] {1, 0, 4, -2, 0, 1});
        assertArrayEquals(
                new double[] {Math.sqrt(8) / Math.sqrt(2), 1, 1},
                SmoothQuant.scales(weight, new float[] {8, 5, 0}, 0.5),
                1e-6);
        assertThrows(IllegalArgumentException.class, () -> SmoothQuant.scales(weight, new float[3], 1.5));
        assertThrows(IllegalArgumentException.class, () -> SmoothQuant.scales(weight, new float[2], 0.5));
    }

    @Test
    void foldingChangesNothingThatIsComputed() {
        double[] scales = {2, 4};
        FloatMatrix weight = new FloatMatrix(1, 2, new float[] {3, 5});
        assertArrayEquals(
                new float[] {6, 20}, ScaleFolding.columns(weight, scales).values());
        assertArrayEquals(new float[] {7, 4, 2}, ScaleFolding.divided(new float[] {7, 8, 8}, scales));
        FloatMatrix before = new FloatMatrix(3, 2, new float[] {1, 1, 8, 6, 8, 4});
        assertArrayEquals(
                new float[] {1, 1, 4, 3, 2, 1},
                ScaleFolding.rows(before, scales).values());
        assertEquals(8, before.values()[2]);
    }

    @Test
    void featuresOfLikeRangesShareAGroup() {
        PerEmbeddingGroups groups =
                PerEmbeddingGroups.of(new float[] {-1, -10, -2, 0}, new float[] {1, 20, 2, 0}, 2, true);
        assertArrayEquals(new int[] {3, 0, 2, 1}, groups.order());
        assertArrayEquals(new double[] {0.05, 1, 1, 0.05}, groups.scales(), 1e-9);
        assertArrayEquals(
                new double[] {1, 1, 1, 1},
                PerEmbeddingGroups.of(new float[4], new float[4], 4, true).scales());
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> PerEmbeddingGroups.of(new float[4], new float[4], 3, true))
                .getMessage();
        assertTrue(message.startsWith("3 groups do not divide 4 features equally"), message);
    }

    @Test
    void learnedRoundingErrsLessThanTheNearest() {
        for (Quantizer quantizer : new Quantizer[] {
            new SymmetricQuantizer(3, Granularity.perRow()), new AsymmetricQuantizer(2, Granularity.perGroup(16))
        }) {
            double nearest = error(quantizer.quantize(WEIGHT).dequantize());
            try (NDManager manager = NDManager.newBaseManager()) {
                QuantizedMatrix learned = new AdaRound(300, 0.02).quantize(manager, WEIGHT, quantizer, MOMENTS);
                assertArrayEquals(quantizer.quantize(WEIGHT).scales(), learned.scales());
                double error = error(learned.dequantize());
                assertTrue(error < 0.8 * nearest, quantizer + ": " + error + " of " + nearest);
                assertEquals(0, manager.getManagedArrays().size());
            }
        }
    }

    @Test
    void withoutInputsLearnedRoundingIsTheNearest() {
        Quantizer quantizer = new SymmetricQuantizer(3, Granularity.perRow());
        try (NDManager manager = NDManager.newBaseManager()) {
            assertEquals(
                    quantizer.quantize(WEIGHT),
                    new AdaRound(10, 0.01).quantize(manager, WEIGHT, quantizer, new double[COLUMNS * COLUMNS]));
        }
    }

    @Test
    void signDescentLowersTheOutputsError() {
        for (boolean symmetric : new boolean[] {true, false}) {
            try (NDManager manager = NDManager.newBaseManager();
                    AutoRound rounding = new AutoRound(manager, WEIGHT, 3, symmetric, 32)) {
                double start = error(rounding.weight());
                double best = start;
                SignDescent descent = new SignDescent(150);
                float[] moments = new float[MOMENTS.length];
                for (int i = 0; i < moments.length; i++) {
                    moments[i] = (float) MOMENTS[i];
                }
                NDArray m = manager.create(moments, new Shape(COLUMNS, COLUMNS));
                NDArray weight = manager.create(WEIGHT.values(), new Shape(ROWS, COLUMNS));
                for (int step = 0; step < descent.steps(); step++) {
                    float[] now = rounding.weight();
                    if (error(now) < best) {
                        best = error(now);
                        rounding.keepAsBest();
                    }
                    try (NDManager scope = manager.newSubManager()) {
                        scope.tempAttachAll(m, weight);
                        NDArray difference =
                                scope.create(now, new Shape(ROWS, COLUMNS)).sub(weight);
                        rounding.step(difference.matMul(m), descent.rate(step));
                    }
                }
                float[] kept = rounding.best().dequantize();
                assertEquals(best, error(kept), 1e-4 * best);
                assertTrue(best < 0.75 * start, "symmetric " + symmetric + ": " + best + " of " + start);
            }
        }
    }

    @Test
    void aGroupOfZerosStaysZeros() {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (boolean symmetric : new boolean[] {true, false}) {
                try (AutoRound rounding =
                        new AutoRound(manager, new FloatMatrix(2, 2, new float[4]), 4, symmetric, 2)) {
                    rounding.step(manager.create(new float[] {1, -1, 1, 0}), 0.1);
                    assertArrayEquals(new float[4], rounding.weight());
                }
            }
        }
    }

    @Test
    void theCorrectedBiasTakesUpTheMeanError() {
        FloatMatrix weight = new FloatMatrix(2, 2, new float[] {1, 2, 3, 4});
        float[] corrected = BiasCorrection.corrected(
                new float[] {10, 20}, weight, new float[] {1, 1, 2, 4}, new double[] {0.5, -2});
        assertArrayEquals(new float[] {8, 20.5f}, corrected);
        assertThrows(
                IllegalArgumentException.class,
                () -> BiasCorrection.corrected(new float[1], weight, new float[4], new double[2]));
    }
}
