package io.bantam.runtime.kernel;

import java.util.Arrays;
import java.util.Random;
import java.util.function.BiConsumer;

/**
 * Compares {@link VectorKernels} with {@link ScalarKernels}; a main class, so that tests can run it in Java processes with
 * other register widths, which are fixed when the class loads. Throws an {@link AssertionError} at the first difference.
 */
public final class KernelAgreement {
    /** Around every lane count, and typical widths of models. */
    static final int[] LENGTHS = {
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 192, 255, 257, 768, 1000
    };

    private static final int OFFSET = 3;
    private static final int ROWS = 7;

    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();
    private final long seed = 11;
    private final Random random = new Random(seed);

    private KernelAgreement() {}

    /** Runs all comparisons and prints the name of the kernels compared. */
    public static void main(String[] arguments) {
        System.out.println(run());
    }

    static String run() {
        KernelAgreement agreement = new KernelAgreement();
        for (int length : LENGTHS) {
            agreement.products(length, true);
            agreement.products(length, false);
            agreement.bits(length);
            agreement.bytes(length);
            agreement.functions(length);
            agreement.panels(length);
        }
        agreement.nibbles();
        return agreement.vector.name();
    }

    private float[] floats(int count, boolean whole) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = whole ? random.nextInt(-128, 128) : (float) random.nextGaussian();
        }
        return values;
    }

    /** Runs an operation with both kernels and compares what it wrote, exactly or to a relative tolerance. */
    private void compare(String what, int count, double tolerance, BiConsumer<Kernels, float[]> operation) {
        float[] expected = new float[count];
        float[] actual = new float[count];
        operation.accept(scalar, expected);
        operation.accept(vector, actual);
        same(what, tolerance, expected, actual);
    }

    private void same(String what, double tolerance, float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            double allowed = tolerance * Math.max(1, Math.abs(expected[i]));
            if (!(Math.abs(expected[i] - actual[i]) <= allowed)) {
                throw new AssertionError(vector.name() + ", " + what + ", seed " + seed + ", element " + i
                        + ": expected " + expected[i] + ", got " + actual[i]);
            }
        }
    }

    private void products(int columns, boolean whole) {
        int stride = columns + 5;
        float[] rows = floats(OFFSET + ROWS * stride, whole);
        double tolerance = whole ? 0 : 1e-4;
        for (int width : vector.panelWidths()) {
            float[] panel = floats(OFFSET + columns * width, whole);
            for (boolean accumulate : new boolean[] {false, true}) {
                compare("panel " + columns + " x " + width, OFFSET + ROWS * width, tolerance, (kernels, sums) -> {
                    Arrays.fill(sums, 5);
                    kernels.panelProduct(
                            rows, OFFSET, stride, ROWS, columns, panel, OFFSET, width, sums, OFFSET, accumulate);
                });
            }
        }
        float[] x = floats(OFFSET + columns, whole);
        compare(
                "dots of " + columns,
                OFFSET + ROWS,
                tolerance,
                (kernels, sums) -> kernels.dots(rows, OFFSET, stride, ROWS, columns, x, OFFSET, sums, OFFSET));
    }

    private void bits(int columns) {
        int stride = Math.ceilDiv(columns, 64) + 1;
        long[] plus = random.longs(1 + ROWS * stride).toArray();
        long[] minus = random.longs(1 + ROWS * stride).toArray();
        for (int i = 0; i < plus.length; i++) {
            minus[i] &= ~plus[i];
        }
        float[] x = floats(OFFSET + columns, true);
        float total = 0;
        for (int k = 0; k < columns; k++) {
            total += x[OFFSET + k];
        }
        float sum = total;
        compare(
                "signs of " + columns,
                OFFSET + ROWS,
                0,
                (kernels, sums) -> kernels.signDots(plus, 1, stride, ROWS, columns, x, OFFSET, sum, sums, OFFSET));
        compare(
                "trits of " + columns,
                OFFSET + ROWS,
                0,
                (kernels, sums) -> kernels.tritDots(plus, minus, 1, stride, ROWS, columns, x, OFFSET, sums, OFFSET));
        compare(
                "unpacked signs of " + columns,
                OFFSET + columns,
                0,
                (kernels, out) -> kernels.unpackSigns(plus, 1, columns, out, OFFSET));
        compare(
                "unpacked trits of " + columns,
                OFFSET + columns,
                0,
                (kernels, out) -> kernels.unpackTrits(plus, minus, 1, columns, out, OFFSET));
    }

    private void bytes(int columns) {
        int stride = columns + 3;
        byte[] codes = new byte[OFFSET + ROWS * stride];
        random.nextBytes(codes);
        codes[OFFSET] = -128;
        float[] x = floats(OFFSET + columns, true);
        compare(
                "bytes of " + columns,
                OFFSET + ROWS,
                0,
                (kernels, sums) -> kernels.byteDots(codes, OFFSET, stride, ROWS, columns, x, OFFSET, sums, OFFSET));
        compare(
                "widened bytes of " + columns,
                OFFSET + columns,
                0,
                (kernels, out) -> kernels.widen(codes, OFFSET, columns, out, OFFSET));
    }

    /** The block of codes depends on the register width, so each side is compared with the plain sum over its own layout. */
    private void nibbles() {
        for (Kernels kernels : new Kernels[] {scalar, vector}) {
            int block = kernels.nibbleBlock();
            for (int columns = 0; columns <= 6 * block; columns += block) {
                int stride = columns / 2 + 1;
                byte[] rows = new byte[OFFSET + ROWS * stride];
                random.nextBytes(rows);
                float[] x = floats(OFFSET + columns, true);
                float[] expected = new float[ROWS];
                for (int r = 0; r < ROWS; r++) {
                    for (int k = 0; k < columns; k++) {
                        int inBlock = k % block;
                        int both = rows[OFFSET + r * stride + k / block * (block / 2) + inBlock % (block / 2)];
                        int code = inBlock < block / 2 ? both & 15 : both >> 4 & 15;
                        expected[r] += (code < 8 ? code : code - 16) * x[OFFSET + k];
                    }
                }
                float[] unpacked = new float[ROWS * columns];
                float[] sums = new float[ROWS];
                for (int r = 0; r < ROWS; r++) {
                    kernels.unpackNibbles(rows, OFFSET + r * stride, columns, unpacked, r * columns);
                }
                kernels.dots(unpacked, 0, columns, ROWS, columns, x, OFFSET, sums, 0);
                same("unpacked nibbles of " + columns, 0, expected, sums);
                float[] actual = new float[ROWS];
                kernels.nibbleDots(rows, OFFSET, stride, ROWS, columns, x, OFFSET, actual, 0);
                same("nibbles of " + columns, 0, expected, actual);
            }
        }
    }

    private void functions(int count) {
        float[] values = floats(OFFSET + count, false);
        for (int i = 0; i < values.length; i++) {
            values[i] *= 4;
        }
        if (count > 8) {
            float[] extremes = {0f, -0f, 1e30f, -1e30f, 100f, -100f, 1e-30f, Float.MIN_VALUE};
            System.arraycopy(extremes, 0, values, OFFSET, extremes.length);
        }
        compare("gelu of " + count, values.length, 2e-6, (kernels, out) -> {
            System.arraycopy(values, 0, out, 0, out.length);
            kernels.gelu(out, OFFSET, count);
        });
        if (count == 0) {
            return;
        }
        int[] widths = vector.panelWidths();
        for (int width : new int[] {1, widths[0], widths[widths.length - 1]}) {
            float[] scores = floats(count * width, false);
            for (int i = width; i < scores.length; i++) {
                scores[i] *= random.nextInt(4) == 0 ? Float.POSITIVE_INFINITY : 30;
                scores[i] = scores[i] == Float.POSITIVE_INFINITY ? 200 : scores[i];
            }
            compare("softmax of " + count + " x " + width, scores.length, 2e-6, (kernels, out) -> {
                System.arraycopy(scores, 0, out, 0, out.length);
                kernels.softmax(out, count, width, 0.3f);
            });
        }
    }

    private void panels(int features) {
        int[] widths = vector.panelWidths();
        for (int width : new int[] {1, widths[0], widths[widths.length - 1]}) {
            String size = features + " x " + width;
            if (features == 0) {
                continue;
            }
            float[] panel = floats(OFFSET + features * width, false);
            float[] weight = floats(features, false);
            float[] bias = floats(features, false);
            compare(
                    "layer norm of " + size,
                    panel.length,
                    1e-5,
                    (kernels, out) ->
                            kernels.layerNorm(panel, OFFSET, features, width, weight, bias, 1e-3f, out, OFFSET));
            compare(
                    "sums of " + size,
                    2 + width,
                    1e-4,
                    (kernels, out) -> kernels.sums(panel, OFFSET, features, width, out, 2));
            compare("ranges of " + size, 2 * width, 0, (kernels, out) -> {
                float[] highest = new float[width];
                kernels.ranges(panel, OFFSET, features, width, out, highest);
                System.arraycopy(highest, 0, out, width, width);
            });
            float[] zeros = floats(width, false);
            float[] scales = floats(width, false);
            for (int t = 0; t < width; t++) {
                scales[t] = t % 5 == 4 ? Float.POSITIVE_INFINITY : t % 5 == 3 ? 0.5f : Math.abs(scales[t]) / 20 + 1e-3f;
                zeros[t] = t % 5 == 3 ? 0 : zeros[t];
            }
            // Halves, so that ties to even matter where the scale is 0.5.
            for (int i = 0; i < panel.length; i += 2) {
                panel[i] = Math.round(panel[i] * 8) / 4f;
            }
            compare("codes of " + size, panel.length, 0, (kernels, out) -> {
                System.arraycopy(panel, 0, out, 0, out.length);
                kernels.quantize(out, OFFSET, features, width, zeros, scales, -8, 7, 3);
            });
        }
        for (int width : widths) {
            float[] sums = floats(OFFSET + width, true);
            float[] totals = floats(1 + width, true);
            float[] scales = floats(2 + width, false);
            float[] zeros = floats(2 + width, false);
            for (int variant = 0; variant < 4; variant++) {
                float weightZero = variant % 2 == 0 ? 0 : 0.3f;
                float constant = variant < 2 ? 0 : 1.7f;
                compare("scaled product of " + width, 1 + width, 1e-6, (kernels, out) -> {
                    Arrays.fill(out, 2);
                    kernels.addProduct(
                            sums, OFFSET, width, 0.1f, weightZero, totals, 1, scales, zeros, 2, constant, out, 1);
                });
            }
        }
    }
}
