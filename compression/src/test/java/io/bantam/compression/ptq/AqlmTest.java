package io.bantam.compression.ptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.export.PackWriter;
import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.runtime.format.CodebookTensor;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AqlmTest {
    private static final int ROWS = 96;
    private static final int COLUMNS = 64;
    private static final FloatMatrix WEIGHT = CorrelatedInputs.weight(ROWS, COLUMNS, 3);
    private static final double[] MOMENTS = CorrelatedInputs.moments(CorrelatedInputs.inputs(COLUMNS, 400, 4), COLUMNS);

    private static NDManager manager;

    @BeforeAll
    static void open() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    private static AdditiveCodebooks quantized(int beam, int rounds) {
        return new Aqlm(8, 4, beam, rounds, 1).quantize(manager, WEIGHT, 2, MOMENTS);
    }

    private static double error(AdditiveCodebooks codes) {
        return InputStatistics.outputError(WEIGHT, codes.dequantize(), MOMENTS);
    }

    @Test
    void theOutputErrsLessThanWithGptqOfTheSameWidth() {
        double gptq = InputStatistics.outputError(
                WEIGHT,
                new Gptq(0.01, 128, false)
                        .quantize(WEIGHT, new AsymmetricQuantizer(2, Granularity.perGroup(32)), MOMENTS)
                        .matrix()
                        .dequantize(),
                MOMENTS);
        double aqlm = error(quantized(4, 5));
        assertTrue(aqlm < 0.8 * gptq, aqlm + " of " + gptq);
    }

    @Test
    void roundsAndAWiderBeamLowerTheError() {
        double first = error(quantized(1, 0));
        double searched = error(quantized(1, 3));
        double wider = error(quantized(8, 3));
        assertTrue(searched < 0.8 * first, searched + " of " + first);
        assertTrue(wider < 0.99 * searched, wider + " of " + searched);
    }

    @Test
    void theSearchFindsTheBestCodesOfARunByTryingAll() {
        // One run of two weights, two codebooks of four: 16 sums. With four hypotheses none is lost.
        FloatMatrix weight = CorrelatedInputs.weight(5, 2, 8);
        double[] moments = {2, 0.7, 0.7, 1};
        Random random = new Random(5);
        float[] books = new float[16];
        for (int i = 0; i < books.length; i++) {
            books[i] = Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian()));
        }
        float[] scales = {0.05f, 0.04f, 0.06f, 0.05f, 0.05f};
        AdditiveCodebooks start = new AdditiveCodebooks(5, 2, 2, 2, 2, new byte[10], books, scales);
        AdditiveCodebooks found = new CodeSearch(start, moments, 4).search(weight);
        for (int row = 0; row < 5; row++) {
            double least = Double.POSITIVE_INFINITY;
            for (int code = 0; code < 16; code++) {
                byte[] codes = new byte[10];
                codes[2 * row] = (byte) (code / 4);
                codes[2 * row + 1] = (byte) (code % 4);
                least = Math.min(
                        least,
                        rowError(weight, new AdditiveCodebooks(5, 2, 2, 2, 2, codes, books, scales), moments, row));
            }
            assertEquals(least, rowError(weight, found, moments, row), 1e-9, "row " + row);
        }
    }

    private static double rowError(FloatMatrix weight, AdditiveCodebooks codes, double[] moments, int row) {
        float[] values = codes.dequantize();
        double a = weight.values()[2 * row] - values[2 * row];
        double b = weight.values()[2 * row + 1] - values[2 * row + 1];
        return moments[0] * a * a + 2 * moments[1] * a * b + moments[3] * b * b;
    }

    @Test
    void theFitIsAMinimum() {
        AdditiveCodebooks start = quantized(1, 0);
        float[] worse = start.codebooks().clone();
        Random random = new Random(2);
        for (int i = 0; i < worse.length; i++) {
            worse[i] += (float) random.nextGaussian() * 0.2f;
        }
        try (CodebookFit fit = new CodebookFit(manager, WEIGHT, MOMENTS)) {
            AdditiveCodebooks fitted = fit.fit(start.with(worse, start.scales()));
            assertTrue(error(fitted) < 0.5 * error(start.with(worse, start.scales())));
            for (int trial = 0; trial < 20; trial++) {
                float[] moved = fitted.codebooks().clone();
                for (int i = 0; i < moved.length; i++) {
                    moved[i] *= 1 + (float) random.nextGaussian() * 0.02f;
                }
                assertTrue(error(fitted.with(moved, fitted.scales())) > error(fitted), "trial " + trial);
            }
        }
    }

    @Test
    void aRowOfZerosStaysZeroAndMoreCodewordsThanRunsAreNoProblem() {
        float[] values = CorrelatedInputs.weight(3, 16, 6).values();
        java.util.Arrays.fill(values, 16, 32, 0);
        FloatMatrix weight = new FloatMatrix(3, 16, values);
        double[] moments = CorrelatedInputs.moments(CorrelatedInputs.inputs(16, 50, 7), 16);
        float[] found =
                new Aqlm(8, 8, 2, 2, 1).quantize(manager, weight, 2, moments).dequantize();
        for (int i = 0; i < found.length; i++) {
            assertEquals(values[i], found[i], i / 16 == 1 ? 0 : 1e-3f, "weight " + i);
        }
    }

    @Test
    void thePackedTensorStandsForTheSameWeights() {
        AdditiveCodebooks codes = quantized(1, 1);
        assertEquals(2, codes.bits());
        CodebookTensor packed = PackWriter.pack(codes);
        assertArrayEquals(codes.dequantize(), packed.toFloats());
        // 2 bits a weight, four codebooks of 16 x 8 float16, a float32 a row.
        assertEquals(ROWS * COLUMNS / 4 + 4 * 16 * 8 * 2 + ROWS * 4, packed.packedBytes());
    }

    @Test
    void tuningFollowsTheGradientAndKeepsTheBest() {
        AdditiveCodebooks start = quantized(1, 0);
        CodebookTuning tuning = new CodebookTuning(start);
        double before = error(start);
        for (int step = 0; step < 100; step++) {
            float[] values = tuning.values();
            float[] gradient = new float[values.length];
            for (int row = 0; row < ROWS; row++) {
                for (int i = 0; i < COLUMNS; i++) {
                    double difference = values[row * COLUMNS + i] - WEIGHT.values()[row * COLUMNS + i];
                    for (int k = 0; k < COLUMNS; k++) {
                        gradient[row * COLUMNS + k] += (float) (2 * difference * MOMENTS[i * COLUMNS + k]);
                    }
                }
            }
            tuning.step(gradient, 0.003 * (1 - step / 100.0));
        }
        assertEquals(start, tuning.best());
        tuning.keepAsBest();
        assertTrue(error(tuning.best()) < 0.97 * before, error(tuning.best()) + " of " + before);
        assertArrayEquals(start.codes(), tuning.best().codes());
    }

    @Test
    void unevenRunsAndCodesAreRefused() {
        assertRefused("codewords of 7 weights do not divide the 64 columns", 7, 7, 2);
        assertRefused("2 bits for each of 8 weights are no whole number of 5-bit codes", 8, 5, 2);
        assertThrows(IllegalArgumentException.class, () -> new Aqlm(8, 9, 1, 1, 0));
    }

    private static void assertRefused(String problem, int vector, int codeBits, int bits) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new Aqlm(vector, codeBits, 1, 1, 0).quantize(manager, WEIGHT, bits, MOMENTS))
                .getMessage();
        assertEquals(problem, message);
    }
}
