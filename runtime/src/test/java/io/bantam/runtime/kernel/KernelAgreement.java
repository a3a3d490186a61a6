package io.bantam.runtime.kernel;

import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.Ternary5In3;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiConsumer;

/**
 * Compares {@link VectorKernels} with {@link ScalarKernels}; a main class, so that tests can run it in Java processes
 * with other register widths, which are fixed when the class loads. Throws an {@link AssertionError} at the first
 * difference.
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
            agreement.scaledSums(length);
            agreement.bytes(length);
            agreement.roundedBytes(2 * length);
            agreement.bounds(length);
            agreement.functions(length);
            agreement.tokens(length);
        }
        // 1,000 and more: where 16-bit sums overflow, unless they are emptied in time.
        for (int rowBytes :
                new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 24, 55, 95, 96, 97, 160, 384, 511, 514, 1023, 1030, 2100}) {
            agreement.tiles(rowBytes);
            agreement.unpackedTiles(rowBytes);
        }
        for (int width : agreement.vector.panelWidths()) {
            agreement.scaledProducts(width);
        }
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
            int panelStride = width + 2;
            int sumsStride = width + 1;
            float[] panel = floats(OFFSET + columns * panelStride, whole);
            for (boolean accumulate : new boolean[] {false, true}) {
                compare("panel " + columns + " x " + width, OFFSET + ROWS * sumsStride, tolerance, (kernels, sums) -> {
                    Arrays.fill(sums, 5);
                    kernels.panelProduct(
                            new PanelOperands()
                                    .rows(rows, OFFSET, stride)
                                    .panel(panel, OFFSET, panelStride)
                                    .sums(sums, OFFSET, sumsStride),
                            ROWS,
                            columns,
                            width,
                            accumulate);
                });
            }
        }
        float[] x = floats(OFFSET + columns, whole);
        compare(
                "dots of " + columns,
                ROWS,
                tolerance,
                (kernels, sums) -> kernels.dots(rows, OFFSET, stride, ROWS, columns, x, OFFSET, sums));
    }

    /** Codes from -128 to 127, extremes more often than not. */
    private short[] codes(int count) {
        short[] codes = new short[count];
        for (int i = 0; i < count; i++) {
            int choice = random.nextInt(4);
            codes[i] = (short) (choice == 0 ? -128 : choice == 1 ? 127 : random.nextInt(-128, 128));
        }
        return codes;
    }

    /** Sums of tiles with each implementation's own prepared codes; all bits set and all clear among the rows. */
    private void tiles(int rowBytes) {
        for (CodeForm form : CodeForm.values()) {
            if (rowBytes % form.unitBytes() != 0) {
                continue;
            }
            for (int tileCount = 1; tileCount <= 3; tileCount++) {
                int stride = rowBytes * Tiles.ROWS + 64;
                byte[] tiles = new byte[OFFSET + tileCount * stride];
                for (int tile = 0; tile < tileCount; tile++) {
                    byte[] random = randomTile(form, rowBytes);
                    System.arraycopy(random, 0, tiles, OFFSET + tile * stride, random.length);
                }
                for (int c = 0; c < rowBytes && form != CodeForm.TERNARY_5IN3; c++) {
                    tiles[OFFSET + c * Tiles.ROWS + 5] = (byte) (form == CodeForm.TERNARY_2BIT ? 0xaa : 0xff);
                    tiles[OFFSET + c * Tiles.ROWS + 6] = 0;
                }
                // One token, a pair, and one more; or multiples of four and one or two more.
                for (boolean many : new boolean[] {false, true}) {
                    if (many && tileCount * rowBytes > 1100) {
                        continue; // blocks of columns are shorter, and the plain definition is slow
                    }
                    int tokens = many ? Kernels.MANY_TOKENS + tileCount - 1 : tileCount;
                    int tokenColumns = form.columns(rowBytes);
                    short[] x = codes(OFFSET + tokens * tokenColumns + 64);
                    Arrays.fill(x, OFFSET, OFFSET + tokenColumns, (short) -128);
                    int[] expected = tileSums(scalar, form, tiles, stride, tileCount, rowBytes, tokens, many, x);
                    int[] actual = tileSums(vector, form, tiles, stride, tileCount, rowBytes, tokens, many, x);
                    for (int r = 0; r < expected.length; r++) {
                        if (expected[r] != actual[r]) {
                            throw new AssertionError(
                                    "%s, %s, %d bytes, %d tiles, %d tokens, seed %d, element %d: expected %d, got %d"
                                            .formatted(
                                                    vector.name(),
                                                    form,
                                                    rowBytes,
                                                    tileCount,
                                                    tokens,
                                                    seed,
                                                    r,
                                                    expected[r],
                                                    actual[r]));
                        }
                    }
                }
            }
        }
    }

    /** Random digits that the form may have. */
    private byte[] randomTile(CodeForm form, int rowBytes) {
        byte[] tile = new byte[rowBytes * Tiles.ROWS];
        random.nextBytes(tile);
        if (form == CodeForm.TERNARY_5IN3) {
            int columns = form.columns(rowBytes);
            int packedBytes = new PackLayout(Scheme.TERNARY, 2).rowBytes(columns);
            byte[] packed = new byte[Tiles.ROWS * packedBytes];
            for (int i = 0; i < packed.length; i++) {
                // The first two rows have the largest sums, and the smallest.
                packed[i] = (byte) (i < packedBytes ? 242 : i < 2 * packedBytes ? 0 : random.nextInt(243));
            }
            byte[] rows = Ternary5In3.fromRows(packed, Tiles.ROWS, columns);
            Tiles.fromRows(MemorySegment.ofArray(rows), Tiles.ROWS, rowBytes, MemorySegment.ofArray(tile));
        }
        for (int i = 0; i < tile.length && form == CodeForm.TERNARY_2BIT; i++) {
            // No 3 among the digits: 3 becomes 2.
            tile[i] &= (byte) ~(tile[i] >> 1 & 0x55);
        }
        return tile;
    }

    /** With scales and zeros, with scales alone, and as digits. */
    private void unpackedTiles(int rowBytes) {
        GroupScales withZeros = scales(Scheme.ASYMMETRIC, OFFSET + Tiles.ROWS);
        GroupScales withoutZeros = scales(Scheme.SYMMETRIC, OFFSET + Tiles.ROWS);
        for (CodeForm form : CodeForm.values()) {
            if (rowBytes % form.unitBytes() != 0) {
                continue;
            }
            byte[] bytes = new byte[OFFSET + rowBytes * Tiles.ROWS];
            System.arraycopy(randomTile(form, rowBytes), 0, bytes, OFFSET, rowBytes * Tiles.ROWS);
            TileRange tile = new TileRange().set(segment(bytes), OFFSET, rowBytes * Tiles.ROWS, 1);
            String what = form + ", tile of " + rowBytes + " bytes, unpacked";
            int count = form.columns(rowBytes) * Tiles.ROWS;
            compare(
                    what,
                    count,
                    1e-6,
                    (kernels, out) -> kernels.unpackWeights(form, tile, rowBytes, withZeros, OFFSET, out));
            compare(
                    what,
                    count,
                    0,
                    (kernels, out) -> kernels.unpackWeights(form, tile, rowBytes, withoutZeros, OFFSET, out));
            compare(what, count, 0, (kernels, out) -> kernels.unpackDigits(form, tile, rowBytes, out));
        }
    }

    /** Random scales of tiles with so many rows and a column. */
    private GroupScales scales(Scheme scheme, int rows) {
        return GroupScales.byGroup(tensor(scheme, rows, 1));
    }

    private PackedTensor tensor(Scheme scheme, int rows, int group) {
        float[] zeros = scheme == Scheme.ASYMMETRIC ? floats(rows, false) : new float[0];
        return PackedTensor.pack(scheme, 4, rows, group, group, new int[rows * group], floats(rows, false), zeros);
    }

    private static MemorySegment segment(byte[] bytes) {
        return Arena.ofAuto().allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    private static int[] tileSums(
            Kernels kernels,
            CodeForm form,
            byte[] tiles,
            int stride,
            int tileCount,
            int rowBytes,
            int tokens,
            boolean many,
            short[] x) {
        TileProduct product = kernels.tileProduct(form, rowBytes, many);
        int each = product.preparedBytes();
        byte[] prepared = new byte[OFFSET + tokens * each];
        for (int t = 0; t < tokens; t++) {
            product.prepare(x, OFFSET + t * form.columns(rowBytes), prepared, OFFSET + t * each);
        }
        TileSums sums = new TileSums(tokens + 1, tileCount * Tiles.ROWS + 1);
        Arrays.fill(sums.values, 77);
        product.multiply(
                new TileRange().set(segment(tiles), OFFSET, stride, tileCount),
                new PreparedTokens(prepared).set(OFFSET, each, tokens),
                sums);
        return sums.values;
    }

    private void scaledSums(int count) {
        int[] sums = random.ints(OFFSET + count, -100_000, 100_000).toArray();
        for (int variant = 0; variant < 4; variant++) {
            Scheme scheme = variant < 2 ? Scheme.SYMMETRIC : Scheme.ASYMMETRIC;
            float[] codeSums = floats(OFFSET + count, true);
            GroupScales weights = scales(scheme, OFFSET + count).withCodeSums((row, codes) -> codes[0] = codeSums[row]);
            float zero = variant % 2 == 0 ? 0 : 0.7f;
            for (CodeForm form : CodeForm.values()) {
                compare("scaled sums of " + count, 1 + count, 1e-5, (kernels, out) -> {
                    Arrays.fill(out, 2);
                    kernels.addSums(form, weights, OFFSET, count, sums, OFFSET, 5, 0.01f, zero, out, 1);
                });
            }
        }
    }

    private void bytes(int columns) {
        int stride = columns + 3;
        byte[] codes = new byte[OFFSET + ROWS * stride];
        random.nextBytes(codes);
        codes[OFFSET] = -128;
        float[] x = floats(OFFSET + columns, true);
        compare(
                "bytes of " + columns,
                ROWS,
                0,
                (kernels, sums) -> kernels.byteDots(segment(codes), OFFSET, stride, ROWS, columns, x, OFFSET, sums));
        compare(
                "widened bytes of " + columns,
                OFFSET + columns,
                0,
                (kernels, out) -> kernels.widen(segment(codes), OFFSET, columns, out, OFFSET));
    }

    /**
     * The fast kernel's codes, which must not let its sums overflow, in both; rows of extremes, where sums are largest.
     */
    private void roundedBytes(int columns) {
        int stride = columns + 3;
        byte[] codes = new byte[OFFSET + ROWS * stride];
        random.nextBytes(codes);
        float[] x = floats(OFFSET + columns, false);
        for (int k = 0; k < columns && columns % 3 == 0; k++) {
            x[OFFSET + k] = Math.abs(x[OFFSET + k]) + (k == 5 ? 50 : 0);
        }
        for (int k = 0; k < columns; k++) {
            codes[OFFSET + k] = -128;
            codes[OFFSET + stride + k] = (byte) (x[OFFSET + k] < 0 ? -128 : 127);
        }
        short[] rounded = new short[columns];
        float step = vector.roundForBytes(x, OFFSET, columns, rounded);
        for (int k = 0; k < columns; k++) {
            float value = step * rounded[k % 2 * (columns / 2) + k / 2];
            if (Math.abs(value - x[OFFSET + k]) > 0.501f * step) {
                throw new AssertionError(vector.name() + ", rounded " + x[OFFSET + k] + " to " + value);
            }
        }
        compare("rounded bytes of " + columns, ROWS, 0, (kernels, out) -> {
            int[] sums = new int[ROWS];
            kernels.roundedDots(segment(codes), OFFSET, stride, ROWS, columns, rounded, sums);
            for (int r = 0; r < ROWS; r++) {
                out[r] = sums[r];
            }
        });
    }

    private void bounds(int count) {
        if (count == 0) {
            return;
        }
        float[] values = floats(OFFSET + count, false);
        float[] norms = floats(OFFSET + count, false);
        for (int i = 0; i < norms.length; i++) {
            norms[i] = Math.abs(norms[i]);
        }
        compare(
                "bounds of " + count,
                2,
                1e-6,
                (kernels, out) -> kernels.largestBounds(values, OFFSET, count, norms, 0.3f, out));
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
        compare("erf gelu of " + count, values.length, 2e-6, (kernels, out) -> {
            System.arraycopy(values, 0, out, 0, out.length);
            kernels.erfGelu(out, OFFSET, count);
        });
        if (count == 0) {
            return;
        }
        float[] scores = floats(OFFSET + count, false);
        for (int i = OFFSET; i < scores.length; i++) {
            scores[i] *= random.nextInt(4) == 0 ? 200 : 30;
        }
        compare("softmax of " + count, scores.length, 2e-6, (kernels, out) -> {
            System.arraycopy(scores, 0, out, 0, out.length);
            kernels.softmax(out, OFFSET, count, 0.3f);
        });
    }

    private void tokens(int features) {
        short[] codes = codes(OFFSET + features);
        if (scalar.sum(codes, OFFSET, features) != vector.sum(codes, OFFSET, features)) {
            throw new AssertionError(vector.name() + ", sum of " + features + " codes, seed " + seed);
        }
        if (features == 0) {
            return;
        }
        float[] x = floats(OFFSET + features, false);
        float[] weight = floats(features, false);
        float[] bias = floats(features, false);
        compare(
                "layer norm of " + features,
                x.length,
                1e-5,
                (kernels, out) -> kernels.layerNorm(x, OFFSET, features, weight, bias, 1e-3f, out, OFFSET));
        compare("sum of " + features, 1, 1e-4, (kernels, out) -> out[0] = kernels.sum(x, OFFSET, features));
        compare("range of " + features, 3, 0, (kernels, out) -> kernels.range(x, OFFSET, features, out, 1));
        compare("added " + features, 2 + features, 0, (kernels, out) -> kernels.add(out, 2, x, OFFSET, features));
        compare("largest of " + features, 1, 0, (kernels, out) -> out[0] = kernels.indexOfLargest(weight));
        float[] ties = new float[features];
        compare("first of " + features, 1, 0, (kernels, out) -> out[0] = kernels.indexOfLargest(ties));
        // Halves, so that ties to even matter where the scale is 0.5.
        for (int i = 0; i < x.length; i += 2) {
            x[i] = Math.round(x[i] * 8) / 4f;
        }
        float[] scales = {Float.POSITIVE_INFINITY, 0.5f, Math.abs(bias[0]) / 20 + 1e-3f};
        for (float scale : scales) {
            float zero = scale == 0.5f ? 0 : bias[0];
            compare("codes of " + features, x.length, 0, (kernels, out) -> {
                System.arraycopy(x, 0, out, 0, out.length);
                kernels.quantize(out, OFFSET, features, zero, scale, -8, 7, 3);
            });
            compare("codes as shorts of " + features, features, 0, (kernels, out) -> {
                short[] written = new short[features];
                kernels.quantize(x, OFFSET, features, zero, scale, -128, 127, -5, written);
                for (int i = 0; i < features; i++) {
                    out[i] = written[i];
                }
            });
        }
    }

    private void scaledProducts(int width) {
        float[] sums = floats(ROWS * width, true);
        float[] totals = floats(1 + width, true);
        float[] scales = floats(2 + width, false);
        float[] zeros = floats(2 + width, false);
        PanelInputs inputs = new PanelInputs(scales, zeros, totals).set(2, width, 1);
        for (int variant = 0; variant < 4; variant++) {
            Scheme scheme = variant % 2 == 0 ? Scheme.SYMMETRIC : Scheme.ASYMMETRIC;
            GroupScales plain = GroupScales.byRow(tensor(scheme, OFFSET + ROWS, 6));
            GroupScales weights = variant < 2 ? plain : plain.withCodeSums((row, codes) -> codes[0] = row);
            compare("scaled products of " + width, ROWS * width, 1e-6, (kernels, out) -> {
                Arrays.fill(out, 2);
                kernels.addPanelProduct(weights, 0, OFFSET, ROWS, inputs, sums, out);
            });
        }
    }
}
