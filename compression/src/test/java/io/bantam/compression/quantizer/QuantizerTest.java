package io.bantam.compression.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.RangeSearch;
import io.bantam.runtime.format.Scheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizerTest {
    private static final int ROWS = 8;
    private static final int COLUMNS = 24;

    static Stream<Quantizer> all() {
        List<Quantizer> all = new ArrayList<>();
        for (Granularity granularity :
                List.of(Granularity.perTensor(), Granularity.perRow(), Granularity.perGroup(6))) {
            all.add(new BinaryQuantizer(granularity));
            all.add(new TernaryQuantizer(granularity));
            all.add(new TernaryQuantizer(granularity, TernaryRule.BITNET));
            for (GridRule rule : GridRule.values()) {
                for (RangeSearch range : List.of(RangeSearch.MIN_MAX, RangeSearch.MSE)) {
                    for (int bits : new int[] {2, 4, 8}) {
                        all.add(new SymmetricQuantizer(bits, granularity, range, rule));
                        all.add(new AsymmetricQuantizer(bits, granularity, range, rule));
                    }
                }
            }
        }
        return all.stream();
    }

    /** Rows of ordinary weights, zeros, a positive and a negative constant, an offset, tiny and huge values. */
    private static float[] weights(long seed) {
        Random random = new Random(seed);
        float[] weights = new float[ROWS * COLUMNS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = switch (i / COLUMNS) {
                case 1 -> 0;
                case 2 -> 0.37f;
                case 3 -> -1.3e-3f;
                case 4 -> 5 + random.nextFloat();
                case 5 -> (float) random.nextGaussian() * 1e-30f;
                case 6 -> (float) random.nextGaussian() * 1e30f;
                default -> (float) random.nextGaussian() * 0.02f;
            };
        }
        return weights;
    }

    @ParameterizedTest
    @MethodSource("all")
    void tensorAndPlainFormsAgreeToTheLastBit(Quantizer quantizer) {
        for (long seed = 1; seed <= 20; seed++) {
            float[] weights = weights(seed);
            float[] plain = quantizer.quantize(weights, ROWS, COLUMNS).dequantize();
            float[] tensor = fakeQuantize(quantizer, weights);
            for (int i = 0; i < plain.length; i++) {
                assertTrue(Float.isFinite(plain[i]), "seed " + seed + " element " + i + ": " + plain[i]);
                // + 0 turns -0 into 0: a code has no sign of zero.
                assertEquals(plain[i] + 0f, tensor[i] + 0f, "seed " + seed + " element " + i + " of " + weights[i]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void codesFitTheirBitsAndScalesTheirGroups(Quantizer quantizer) {
        QuantizedMatrix matrix = quantizer.quantize(weights(3), ROWS, COLUMNS);
        int lowest = quantizer.scheme() == Scheme.ASYMMETRIC ? 0 : -(1 << (quantizer.bits() - 1));
        int highest = lowest + (1 << quantizer.bits()) - 1;
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            int code = matrix.code(i);
            switch (quantizer.scheme()) {
                case BINARY -> assertTrue(code == 1 || code == -1);
                case TERNARY -> assertTrue(code >= -1 && code <= 1);
                case SYMMETRIC, ASYMMETRIC -> assertTrue(code >= lowest && code <= highest);
            }
        }
        assertEquals(quantizer.granularity().groupSize(ROWS, COLUMNS), matrix.groupSize());
        assertEquals(ROWS * COLUMNS / matrix.groupSize(), matrix.scales().length);
    }

    @ParameterizedTest
    @MethodSource("all")
    void aGroupOfZerosStaysZeros(Quantizer quantizer) {
        float[] zeros = new float[ROWS * COLUMNS];
        assertArrayEquals(zeros, quantizer.quantize(zeros, ROWS, COLUMNS).dequantize());
        for (float value : fakeQuantize(quantizer, zeros)) {
            assertEquals(0f, value + 0f);
        }
    }

    @Test
    void binaryAndTernaryKeepAConstant() {
        float[] constant = {-0.731f, -0.731f, -0.731f, -0.731f, -0.731f};
        assertArrayEquals(constant, new BinaryQuantizer(Granularity.perRow()).fakeQuantize(constant, 1, 5));
        assertArrayEquals(constant, new TernaryQuantizer(Granularity.perRow()).fakeQuantize(constant, 1, 5));
    }

    @Test
    void signOfZeroIsPlusOne() {
        QuantizedMatrix matrix = new BinaryQuantizer(Granularity.perRow()).quantize(new float[] {0f, -0f, 2, -2}, 1, 4);
        assertArrayEquals(new byte[] {1, 1, 1, -1}, matrix.codes());
        assertArrayEquals(
                new float[] {1, 1, 1, -1},
                fakeQuantize(new BinaryQuantizer(Granularity.perTensor()), new float[] {0f, -0f, 2, -2}, 1, 4));
    }

    @Test
    void aConstantGroupOfTheAsymmetricQuantizerBecomesZeros() {
        QuantizedMatrix matrix =
                new AsymmetricQuantizer(4, Granularity.perRow()).quantize(new float[] {3, 3, 3, 1, 2, 3}, 2, 3);
        assertEquals(0f, matrix.scales()[0]);
        assertEquals(0f, matrix.zeros()[0]);
        assertArrayEquals(new float[3], Arrays.copyOf(matrix.dequantize(), 3));
        assertEquals(0, matrix.code(0));
        assertTrue(matrix.scales()[1] > 0);
        Quantizer uniform = new AsymmetricQuantizer(4, Granularity.perRow(), RangeSearch.MIN_MAX, GridRule.UNIFORM);
        assertArrayEquals(new float[] {3, 3, 3}, uniform.fakeQuantize(new float[] {3, 3, 3}, 1, 3));
    }

    @Test
    void halvesRoundToEven() {
        float[] ties = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 3.5f, -4};
        QuantizedMatrix matrix = new SymmetricQuantizer(3, Granularity.perTensor()).quantize(ties, 1, 8);
        assertArrayEquals(new byte[] {0, 2, 2, 0, -2, -2, 3, -4}, matrix.codes());
    }

    @Test
    void mseRangeHasNoMoreErrorThanMinMax() {
        Random random = new Random(5);
        float[] weights = new float[64 * 48];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian() * 0.02f;
        }
        for (int bits : new int[] {2, 3, 4}) {
            double minMax = error(new SymmetricQuantizer(bits, Granularity.perRow()), weights);
            double mse = error(new SymmetricQuantizer(bits, Granularity.perRow(), RangeSearch.MSE), weights);
            assertTrue(mse < 0.95 * minMax, bits + " bits: " + mse + " is not clearly below " + minMax);
            minMax = error(new AsymmetricQuantizer(bits, Granularity.perRow()), weights);
            mse = error(new AsymmetricQuantizer(bits, Granularity.perRow(), RangeSearch.MSE), weights);
            assertTrue(mse < 0.95 * minMax, bits + " bits asymmetric: " + mse + " is not clearly below " + minMax);
        }
    }

    private static double error(Quantizer quantizer, float[] weights) {
        float[] quantized = quantizer.fakeQuantize(weights, 64, 48);
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += Math.pow(weights[i] - quantized[i], 2);
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("all")
    void nothingButTheResultIsLeftOnTheManager(Quantizer quantizer) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.create(weights(1), new Shape(ROWS, COLUMNS));
            int before = manager.getManagedArrays().size();
            NDArray result = quantizer.fakeQuantize(weight);
            NDArray reach = quantizer.reach(weight);
            assertEquals(manager, weight.getManager());
            assertEquals(before + 2, manager.getManagedArrays().size());
            assertEquals(weight.getShape(), result.getShape());
            assertEquals(weight.getShape(), reach.getShape());
            result.close();
            reach.close();
            assertEquals(before, manager.getManagedArrays().size());
        }
    }

    @Test
    void mistakesAreRefusedWithWhatToDo() {
        Quantizer perSeven = new BinaryQuantizer(Granularity.perGroup(7));
        assertMessage("group size 7 does not divide the 24 columns", () -> perSeven.quantize(weights(1), 8, 24));
        assertMessage("191 values are not a matrix of 8 x 24", () -> perSeven.quantize(new float[191], 8, 24));
        assertMessage("2 to 8 bits, not 9", () -> new SymmetricQuantizer(9, Granularity.perRow()));
        assertMessage("use the binary quantizer", () -> new AsymmetricQuantizer(1, Granularity.perRow()));
        assertMessage("at least 1 column", () -> Granularity.perGroup(0));
        assertMessage("4 or 8 bits, not 7", () -> new DynamicActivationQuantizer(7, true));
        assertMessage("no -1 features", () -> new DynamicActivationQuantizer(8, true, -1));
        float[] broken = weights(1);
        broken[5] = Float.NaN;
        all().forEach(quantizer -> assertMessage("weight 5 is NaN", () -> quantizer.quantize(broken, ROWS, COLUMNS)));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray cube = manager.zeros(new Shape(2, 3, 4));
            assertMessage("need a matrix", () -> new BinaryQuantizer(Granularity.perRow()).fakeQuantize(cube));
            NDArray halves = manager.zeros(new Shape(2, 3), DataType.FLOAT16);
            assertMessage("float32", () -> new BinaryQuantizer(Granularity.perRow()).fakeQuantize(halves));
        }
    }

    private static void assertMessage(String part, org.junit.jupiter.api.function.Executable action) {
        String message = assertThrows(IllegalArgumentException.class, action).getMessage();
        assertTrue(message.contains(part), message);
    }

    private static float[] fakeQuantize(Quantizer quantizer, float[] weights) {
        return fakeQuantize(quantizer, weights, ROWS, COLUMNS);
    }

    private static float[] fakeQuantize(Quantizer quantizer, float[] weights, int rows, int columns) {
        try (NDManager manager = NDManager.newBaseManager();
                NDArray array = manager.create(weights, new Shape(rows, columns));
                NDArray result = quantizer.fakeQuantize(array)) {
            return result.toFloatArray();
        }
    }
}
