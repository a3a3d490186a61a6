package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels through the Vector API. The register width is the machine's, or what the system property {@code
 * bantam.vector.bits} asks for (128, 256 or 512; for tests).
 */
public final class VectorKernels implements Kernels {
    // Static and final, or the compiler would not know the species and would allocate every vector.
    static final VectorSpecies<Float> FLOATS = species();
    private static final int LANES = FLOATS.length();
    private static final VectorShuffle<Float> FROM_8 = from(8);
    private static final VectorShuffle<Float> FROM_4 = from(4);
    private static final VectorShuffle<Float> FROM_2 = from(2);
    private static final VectorShuffle<Float> FROM_1 = from(1);
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());
    private static final int SHORT_LANES = SHORTS.length();
    /** As many shorts as a float register has lanes. */
    private static final VectorSpecies<Short> HALF_SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(LANES * Short.SIZE));
    /** As many bytes as a float register has lanes, but no shorter than the shortest register. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8, LANES) * Byte.SIZE));

    private static final int BYTE_LANES = BYTES.length();
    /** Float registers that one byte register widens to: 2 for 128 bits, else 1. */
    private static final boolean TWO_PARTS = BYTE_LANES == 2 * LANES;
    /** x86 has 16 registers of 256 bits: a tile of 4 x 4 would spill. */
    private static final int MAXIMUM_PANEL_VECTORS = LANES == 8 ? 2 : 4;
    /** Columns of a panel worked on at a time, so that they stay in the first-level cache. */
    private static final int COLUMN_BLOCK = 128;

    private static final ByteOrder ORDER = Lut4.ORDER;

    /** For what no look-up takes: three bytes together where registers are short. */
    private static final Kernels SCALAR = new ScalarKernels();

    /** Coefficients of {@link #erfGelu}, of the highest power first. */
    private static final float[] ERF = {1.061405429f, -1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f};

    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** Adding and subtracting 1.5 * 2^23 rounds to a whole number, which then sits in the low bits. */
    private static final float ROUND = 12582912f;

    private static final float SQRT_2_OVER_PI = 0.7978845608f;

    private static VectorSpecies<Float> species() {
        int bits = Integer.getInteger("bantam.vector.bits", FloatVector.SPECIES_PREFERRED.vectorBitSize());
        return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    @Override
    public String name() {
        return "vector, " + FLOATS.vectorBitSize() + " bits, look-ups of " + Lut4.bits();
    }

    @Override
    public int[] panelWidths() {
        return MAXIMUM_PANEL_VECTORS == 4 ? new int[] {4 * LANES, 2 * LANES, LANES} : new int[] {2 * LANES, LANES};
    }

    @Override
    public void panelProduct(
            float[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] panel,
            int panelOffset,
            int panelStride,
            int width,
            float[] sums,
            int sumsOffset,
            int sumsStride,
            boolean accumulate) {
        for (int r = 0; r < rowCount && !accumulate; r++) {
            int out = sumsOffset + r * sumsStride;
            Arrays.fill(sums, out, out + width, 0f);
        }
        for (int from = 0; from < columns; from += COLUMN_BLOCK) {
            int count = Math.min(COLUMN_BLOCK, columns - from);
            int in = panelOffset + from * panelStride;
            int r = 0;
            for (; r + 4 <= rowCount; r += 4) {
                int at = rowsOffset + r * stride + from;
                int out = sumsOffset + r * sumsStride;
                if (width == 4 * LANES) {
                    tile4x4(rows, at, stride, count, panel, in, panelStride, sums, out, sumsStride);
                } else if (width == 2 * LANES) {
                    tile4x2(rows, at, stride, count, panel, in, panelStride, sums, out, sumsStride);
                } else {
                    tile4x1(rows, at, stride, count, panel, in, panelStride, sums, out, sumsStride);
                }
            }
            for (; r < rowCount; r++) {
                int at = rowsOffset + r * stride + from;
                int out = sumsOffset + r * sumsStride;
                if (width == 4 * LANES) {
                    tile1x4(rows, at, count, panel, in, panelStride, sums, out);
                    continue;
                }
                for (int t = 0; t < width; t += LANES) {
                    tile1x1(rows, at, count, panel, in + t, panelStride, sums, out + t);
                }
            }
        }
    }

    private static void tile4x4(
            float[] rows,
            int at,
            int stride,
            int columns,
            float[] panel,
            int in,
            int panelStride,
            float[] sums,
            int out,
            int sumsStride) {
        int out1 = out + sumsStride;
        int out2 = out1 + sumsStride;
        int out3 = out2 + sumsStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, out + LANES);
        FloatVector a2 = FloatVector.fromArray(FLOATS, sums, out + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(FLOATS, sums, out + 3 * LANES);
        FloatVector b0 = FloatVector.fromArray(FLOATS, sums, out1);
        FloatVector b1 = FloatVector.fromArray(FLOATS, sums, out1 + LANES);
        FloatVector b2 = FloatVector.fromArray(FLOATS, sums, out1 + 2 * LANES);
        FloatVector b3 = FloatVector.fromArray(FLOATS, sums, out1 + 3 * LANES);
        FloatVector c0 = FloatVector.fromArray(FLOATS, sums, out2);
        FloatVector c1 = FloatVector.fromArray(FLOATS, sums, out2 + LANES);
        FloatVector c2 = FloatVector.fromArray(FLOATS, sums, out2 + 2 * LANES);
        FloatVector c3 = FloatVector.fromArray(FLOATS, sums, out2 + 3 * LANES);
        FloatVector d0 = FloatVector.fromArray(FLOATS, sums, out3);
        FloatVector d1 = FloatVector.fromArray(FLOATS, sums, out3 + LANES);
        FloatVector d2 = FloatVector.fromArray(FLOATS, sums, out3 + 2 * LANES);
        FloatVector d3 = FloatVector.fromArray(FLOATS, sums, out3 + 3 * LANES);
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector x1 = FloatVector.fromArray(FLOATS, panel, x + LANES);
            FloatVector x2 = FloatVector.fromArray(FLOATS, panel, x + 2 * LANES);
            FloatVector x3 = FloatVector.fromArray(FLOATS, panel, x + 3 * LANES);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a0 = w.fma(x0, a0);
            a1 = w.fma(x1, a1);
            a2 = w.fma(x2, a2);
            a3 = w.fma(x3, a3);
            w = FloatVector.broadcast(FLOATS, rows[at1 + k]);
            b0 = w.fma(x0, b0);
            b1 = w.fma(x1, b1);
            b2 = w.fma(x2, b2);
            b3 = w.fma(x3, b3);
            w = FloatVector.broadcast(FLOATS, rows[at2 + k]);
            c0 = w.fma(x0, c0);
            c1 = w.fma(x1, c1);
            c2 = w.fma(x2, c2);
            c3 = w.fma(x3, c3);
            w = FloatVector.broadcast(FLOATS, rows[at3 + k]);
            d0 = w.fma(x0, d0);
            d1 = w.fma(x1, d1);
            d2 = w.fma(x2, d2);
            d3 = w.fma(x3, d3);
        }
        a0.intoArray(sums, out);
        a1.intoArray(sums, out + LANES);
        a2.intoArray(sums, out + 2 * LANES);
        a3.intoArray(sums, out + 3 * LANES);
        b0.intoArray(sums, out1);
        b1.intoArray(sums, out1 + LANES);
        b2.intoArray(sums, out1 + 2 * LANES);
        b3.intoArray(sums, out1 + 3 * LANES);
        c0.intoArray(sums, out2);
        c1.intoArray(sums, out2 + LANES);
        c2.intoArray(sums, out2 + 2 * LANES);
        c3.intoArray(sums, out2 + 3 * LANES);
        d0.intoArray(sums, out3);
        d1.intoArray(sums, out3 + LANES);
        d2.intoArray(sums, out3 + 2 * LANES);
        d3.intoArray(sums, out3 + 3 * LANES);
    }

    private static void tile4x2(
            float[] rows,
            int at,
            int stride,
            int columns,
            float[] panel,
            int in,
            int panelStride,
            float[] sums,
            int out,
            int sumsStride) {
        int out1 = out + sumsStride;
        int out2 = out1 + sumsStride;
        int out3 = out2 + sumsStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, out + LANES);
        FloatVector b0 = FloatVector.fromArray(FLOATS, sums, out1);
        FloatVector b1 = FloatVector.fromArray(FLOATS, sums, out1 + LANES);
        FloatVector c0 = FloatVector.fromArray(FLOATS, sums, out2);
        FloatVector c1 = FloatVector.fromArray(FLOATS, sums, out2 + LANES);
        FloatVector d0 = FloatVector.fromArray(FLOATS, sums, out3);
        FloatVector d1 = FloatVector.fromArray(FLOATS, sums, out3 + LANES);
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector x1 = FloatVector.fromArray(FLOATS, panel, x + LANES);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a0 = w.fma(x0, a0);
            a1 = w.fma(x1, a1);
            w = FloatVector.broadcast(FLOATS, rows[at1 + k]);
            b0 = w.fma(x0, b0);
            b1 = w.fma(x1, b1);
            w = FloatVector.broadcast(FLOATS, rows[at2 + k]);
            c0 = w.fma(x0, c0);
            c1 = w.fma(x1, c1);
            w = FloatVector.broadcast(FLOATS, rows[at3 + k]);
            d0 = w.fma(x0, d0);
            d1 = w.fma(x1, d1);
        }
        a0.intoArray(sums, out);
        a1.intoArray(sums, out + LANES);
        b0.intoArray(sums, out1);
        b1.intoArray(sums, out1 + LANES);
        c0.intoArray(sums, out2);
        c1.intoArray(sums, out2 + LANES);
        d0.intoArray(sums, out3);
        d1.intoArray(sums, out3 + LANES);
    }

    private static void tile4x1(
            float[] rows,
            int at,
            int stride,
            int columns,
            float[] panel,
            int in,
            int panelStride,
            float[] sums,
            int out,
            int sumsStride) {
        int out1 = out + sumsStride;
        int out2 = out1 + sumsStride;
        int out3 = out2 + sumsStride;
        FloatVector a = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector b = FloatVector.fromArray(FLOATS, sums, out1);
        FloatVector c = FloatVector.fromArray(FLOATS, sums, out2);
        FloatVector d = FloatVector.fromArray(FLOATS, sums, out3);
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a = w.fma(x0, a);
            w = FloatVector.broadcast(FLOATS, rows[at1 + k]);
            b = w.fma(x0, b);
            w = FloatVector.broadcast(FLOATS, rows[at2 + k]);
            c = w.fma(x0, c);
            w = FloatVector.broadcast(FLOATS, rows[at3 + k]);
            d = w.fma(x0, d);
        }
        a.intoArray(sums, out);
        b.intoArray(sums, out1);
        c.intoArray(sums, out2);
        d.intoArray(sums, out3);
    }

    private static void tile1x4(
            float[] rows, int at, int columns, float[] panel, int in, int panelStride, float[] sums, int out) {
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, out + LANES);
        FloatVector a2 = FloatVector.fromArray(FLOATS, sums, out + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(FLOATS, sums, out + 3 * LANES);
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector x1 = FloatVector.fromArray(FLOATS, panel, x + LANES);
            FloatVector x2 = FloatVector.fromArray(FLOATS, panel, x + 2 * LANES);
            FloatVector x3 = FloatVector.fromArray(FLOATS, panel, x + 3 * LANES);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a0 = w.fma(x0, a0);
            a1 = w.fma(x1, a1);
            a2 = w.fma(x2, a2);
            a3 = w.fma(x3, a3);
        }
        a0.intoArray(sums, out);
        a1.intoArray(sums, out + LANES);
        a2.intoArray(sums, out + 2 * LANES);
        a3.intoArray(sums, out + 3 * LANES);
    }

    private static void tile1x1(
            float[] rows, int at, int columns, float[] panel, int in, int panelStride, float[] sums, int out) {
        FloatVector a = FloatVector.fromArray(FLOATS, sums, out);
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a = w.fma(x0, a);
        }
        a.intoArray(sums, out);
    }

    /** Sums each register's lanes. Folding the four together with shuffles was tried and was slower. */
    private static void storeSums(
            FloatVector a, FloatVector b, FloatVector c, FloatVector d, float[] sums, int offset, int apart) {
        sums[offset] = sumLanes(a);
        sums[offset + apart] = sumLanes(b);
        sums[offset + 2 * apart] = sumLanes(c);
        sums[offset + 3 * apart] = sumLanes(d);
    }

    private static VectorShuffle<Float> from(int lane) {
        return VectorShuffle.iota(FLOATS, lane % LANES, 1, true);
    }

    /**
     * Sums the lanes by halves, in one order always. {@code reduceLanes(ADD)} adds floats in another order once the
     * method is compiled than before, so that the same model gave two results in one process.
     */
    private static float sumLanes(FloatVector a) {
        FloatVector sum = a;
        if (LANES > 8) {
            sum = sum.add(sum.rearrange(FROM_8));
        }
        if (LANES > 4) {
            sum = sum.add(sum.rearrange(FROM_4));
        }
        if (LANES > 2) {
            sum = sum.add(sum.rearrange(FROM_2));
        }
        return sum.add(sum.rearrange(FROM_1)).lane(0);
    }

    @Override
    public void dots(
            float[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset) {
        int bound = FLOATS.loopBound(columns);
        int r = 0;
        for (; r + 4 <= rowCount; r += 4) {
            fourDots(rows, rowsOffset + r * stride, stride, bound, x, xOffset, sums, sumsOffset + r);
        }
        for (; r < rowCount; r++) {
            sums[sumsOffset + r] = dot(rows, rowsOffset + r * stride, bound, x, xOffset);
        }
        if (bound < columns) {
            for (r = 0; r < rowCount; r++) {
                float sum = sums[sumsOffset + r];
                for (int k = bound; k < columns; k++) {
                    sum += rows[rowsOffset + r * stride + k] * x[xOffset + k];
                }
                sums[sumsOffset + r] = sum;
            }
        }
    }

    private static void fourDots(
            float[] rows, int at, int stride, int bound, float[] x, int xOffset, float[] sums, int out) {
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int k = 0; k < bound; k += LANES) {
            FloatVector v = FloatVector.fromArray(FLOATS, x, xOffset + k);
            a = FloatVector.fromArray(FLOATS, rows, at + k).fma(v, a);
            b = FloatVector.fromArray(FLOATS, rows, at1 + k).fma(v, b);
            c = FloatVector.fromArray(FLOATS, rows, at2 + k).fma(v, c);
            d = FloatVector.fromArray(FLOATS, rows, at3 + k).fma(v, d);
        }
        storeSums(a, b, c, d, sums, out, 1);
    }

    /**
     * Apart from {@link #fourDots}: in one method with it the compiler no longer inlines all of it, and vectors become objects.
     */
    private static float dot(float[] rows, int at, int bound, float[] x, int xOffset) {
        FloatVector a = FloatVector.zero(FLOATS);
        for (int k = 0; k < bound; k += LANES) {
            a = FloatVector.fromArray(FLOATS, rows, at + k).fma(FloatVector.fromArray(FLOATS, x, xOffset + k), a);
        }
        return sumLanes(a);
    }

    private static FloatVector floats(ByteVector bytes, int part) {
        return (FloatVector) bytes.convertShape(VectorOperators.B2F, FLOATS, part);
    }

    @Override
    public void byteDots(
            MemorySegment rows,
            long rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset) {
        int bound = BYTES.loopBound(columns);
        int quarter = TWO_PARTS ? 0 : rowCount / 4;
        for (int r = 0; r < quarter; r++) {
            long at = rowsOffset + (long) r * stride;
            fourByteDots(rows, at, (long) quarter * stride, bound, x, xOffset, sums, sumsOffset + r, quarter);
        }
        int r = 4 * quarter;
        for (; r < rowCount; r++) {
            sums[sumsOffset + r] = byteDot(rows, rowsOffset + (long) r * stride, bound, x, xOffset);
        }
        if (bound < columns) {
            for (r = 0; r < rowCount; r++) {
                float sum = sums[sumsOffset + r];
                for (int k = bound; k < columns; k++) {
                    sum += rows.get(ValueLayout.JAVA_BYTE, rowsOffset + (long) r * stride + k) * x[xOffset + k];
                }
                sums[sumsOffset + r] = sum;
            }
        }
    }

    /**
     * Four rows that are far from one another: the processor fetches four streams ahead, where one alone waits at the beginning of
     * every page, and rows side by side, which make no stream at all, at every line.
     *
     * <p>Apart from {@link #byteDot}: in one method with it, or with registers that widen to two, the compiler no longer inlines all of
     * it, and vectors become objects.
     *
     * @param apart bytes from one row to the next
     * @param outApart from one row's sum to the next one's
     */
    private static void fourByteDots(
            MemorySegment rows,
            long at,
            long apart,
            int bound,
            float[] x,
            int xOffset,
            float[] sums,
            int out,
            int outApart) {
        long at1 = at + apart;
        long at2 = at1 + apart;
        long at3 = at2 + apart;
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int k = 0; k < bound; k += BYTE_LANES) {
            ByteVector first = ByteVector.fromMemorySegment(BYTES, rows, at + k, ORDER);
            ByteVector second = ByteVector.fromMemorySegment(BYTES, rows, at1 + k, ORDER);
            ByteVector third = ByteVector.fromMemorySegment(BYTES, rows, at2 + k, ORDER);
            ByteVector fourth = ByteVector.fromMemorySegment(BYTES, rows, at3 + k, ORDER);
            FloatVector v = FloatVector.fromArray(FLOATS, x, xOffset + k);
            a = floats(first, 0).fma(v, a);
            b = floats(second, 0).fma(v, b);
            c = floats(third, 0).fma(v, c);
            d = floats(fourth, 0).fma(v, d);
        }
        storeSums(a, b, c, d, sums, out, outApart);
    }

    private static float byteDot(MemorySegment rows, long at, int bound, float[] x, int xOffset) {
        FloatVector a = FloatVector.zero(FLOATS);
        for (int k = 0; k < bound; k += BYTE_LANES) {
            ByteVector bytes = ByteVector.fromMemorySegment(BYTES, rows, at + k, ORDER);
            a = floats(bytes, 0).fma(FloatVector.fromArray(FLOATS, x, xOffset + k), a);
            if (TWO_PARTS) {
                a = floats(bytes, 1).fma(FloatVector.fromArray(FLOATS, x, xOffset + k + LANES), a);
            }
        }
        return sumLanes(a);
    }

    @Override
    public float roundForBytes(float[] x, int xOffset, int columns, short[] codes) {
        return RoundedBytes.round(x, xOffset, columns, codes);
    }

    @Override
    public void roundedDots(
            MemorySegment rows, long rowsOffset, int stride, int rowCount, int columns, short[] codes, int[] sums) {
        RoundedBytes.dots(rows, rowsOffset, stride, rowCount, columns, codes, sums);
    }

    @Override
    public void largestBounds(float[] values, int offset, int count, float[] norms, float radius, float[] bounds) {
        int bound = FLOATS.loopBound(count);
        FloatVector lowers = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector uppers = lowers;
        for (int i = offset; i < offset + bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, i);
            FloatVector margin = FloatVector.fromArray(FLOATS, norms, i).mul(radius);
            lowers = lowers.max(x.sub(margin));
            uppers = uppers.max(x.add(margin));
        }
        float lower = lowers.reduceLanes(VectorOperators.MAX);
        float upper = uppers.reduceLanes(VectorOperators.MAX);
        for (int i = offset + bound; i < offset + count; i++) {
            lower = Math.max(lower, values[i] - radius * norms[i]);
            upper = Math.max(upper, values[i] + radius * norms[i]);
        }
        bounds[0] = lower;
        bounds[1] = upper;
    }

    @Override
    public int preparedBytes(CodeForm form, int rowBytes, boolean many) {
        if (Int4Products.fits(form)) {
            return Int4Products.preparedBytes(rowBytes);
        }
        if (Lut5.fits(form, rowBytes, many)) {
            return Lut5.preparedBytes(form, rowBytes);
        }
        if (Lut6.fits(form, rowBytes)) {
            return Lut6.preparedBytes(rowBytes);
        }
        return Lut4.fits(form) ? rowBytes * Lut4.TABLE_BYTES : SCALAR.preparedBytes(form, rowBytes, many);
    }

    @Override
    public void prepare(
            CodeForm form, short[] x, int xOffset, int rowBytes, boolean many, byte[] prepared, int preparedOffset) {
        if (Int4Products.fits(form)) {
            Int4Products.prepare(x, xOffset, rowBytes, prepared, preparedOffset);
        } else if (Lut5.fits(form, rowBytes, many)) {
            Lut5.prepare(form, x, xOffset, rowBytes, prepared, preparedOffset);
        } else if (Lut6.fits(form, rowBytes)) {
            Lut6.prepare(form, x, xOffset, rowBytes, prepared, preparedOffset);
        } else if (Lut4.fits(form)) {
            Lut4.prepare(form, x, xOffset, rowBytes, prepared, preparedOffset);
        } else {
            SCALAR.prepare(form, x, xOffset, rowBytes, many, prepared, preparedOffset);
        }
    }

    @Override
    public void tileSums(
            CodeForm form,
            MemorySegment tiles,
            long tilesOffset,
            long tileStride,
            int tileCount,
            int rowBytes,
            int tokens,
            boolean many,
            byte[] prepared,
            int preparedOffset,
            int preparedStride,
            int[] sums,
            int sumsOffset,
            int sumsStride,
            int[] scratch) {
        if (Lut5.fits(form, rowBytes, many)) {
            Lut5.tileSums(
                    form,
                    tiles,
                    tilesOffset,
                    tileStride,
                    tileCount,
                    rowBytes,
                    tokens,
                    prepared,
                    preparedOffset,
                    preparedStride,
                    sums,
                    sumsOffset,
                    sumsStride,
                    scratch);
            return;
        }
        if (Lut6.fits(form, rowBytes)) {
            Lut6.tileSums(
                    form,
                    tiles,
                    tilesOffset,
                    tileStride,
                    tileCount,
                    rowBytes,
                    tokens,
                    prepared,
                    preparedOffset,
                    preparedStride,
                    sums,
                    sumsOffset,
                    sumsStride,
                    scratch);
            return;
        }
        if (Int4Products.fits(form)) {
            for (int t = 0; t < tokens; t++) {
                Int4Products.tileSums(
                        tiles,
                        tilesOffset,
                        tileStride,
                        tileCount,
                        rowBytes,
                        prepared,
                        preparedOffset + t * preparedStride,
                        sums,
                        sumsOffset + t * sumsStride,
                        scratch);
            }
            return;
        }
        if (!Lut4.fits(form)) {
            SCALAR.tileSums(
                    form,
                    tiles,
                    tilesOffset,
                    tileStride,
                    tileCount,
                    rowBytes,
                    tokens,
                    many,
                    prepared,
                    preparedOffset,
                    preparedStride,
                    sums,
                    sumsOffset,
                    sumsStride,
                    scratch);
            return;
        }
        for (int t = 0; t < tokens; t++) {
            Lut4.tileSums(
                    tiles,
                    tilesOffset,
                    tileStride,
                    tileCount,
                    rowBytes,
                    prepared,
                    preparedOffset + t * preparedStride,
                    sums,
                    sumsOffset + t * sumsStride,
                    scratch);
        }
    }

    @Override
    public boolean prefersTernary5In3() {
        return Lut4.shufflesLong();
    }

    @Override
    public int unpacksFrom(CodeForm form, int rowBytes, int digits) {
        return TileUnpacking.paysFrom(form, rowBytes, digits);
    }

    @Override
    public void unpackTile(
            CodeForm form,
            MemorySegment tiles,
            long tilesOffset,
            int rowBytes,
            float[] scales,
            float[] zeros,
            int weightsOffset,
            float[] out,
            int outOffset) {
        TileUnpacking.unpack(form, tiles, tilesOffset, rowBytes, scales, zeros, weightsOffset, out, outOffset);
    }

    @Override
    public void addSums(
            int[] sums,
            int sumsOffset,
            int count,
            int factor,
            int subtrahend,
            float[] weightScales,
            float[] weightZeros,
            float[] codeSums,
            int weightsOffset,
            float total,
            float columns,
            float scale,
            float zero,
            float[] out,
            int outOffset) {
        int bound = FLOATS.loopBound(count);
        for (int r = 0; r < bound; r += LANES) {
            int w = weightsOffset + r;
            FloatVector weightScale = FloatVector.fromArray(FLOATS, weightScales, w);
            FloatVector product = (FloatVector) IntVector.fromArray(INTS, sums, sumsOffset + r)
                    .mul(factor)
                    .sub(subtrahend)
                    .convert(VectorOperators.I2F, 0);
            product = product.mul(weightScale);
            if (weightZeros != null) {
                product = product.add(
                        FloatVector.fromArray(FLOATS, weightZeros, w).mul(total));
            }
            FloatVector y = FloatVector.fromArray(FLOATS, out, outOffset + r).add(product.mul(scale));
            if (zero != 0) {
                FloatVector sum = weightScale.mul(FloatVector.fromArray(FLOATS, codeSums, w));
                if (weightZeros != null) {
                    sum = sum.add(FloatVector.fromArray(FLOATS, weightZeros, w).mul(columns));
                }
                y = y.add(sum.mul(zero));
            }
            y.intoArray(out, outOffset + r);
        }
        for (int r = bound; r < count; r++) {
            int w = weightsOffset + r;
            float product = weightScales[w] * (factor * sums[sumsOffset + r] - subtrahend);
            if (weightZeros != null) {
                product += weightZeros[w] * total;
            }
            float y = out[outOffset + r] + scale * product;
            if (zero != 0) {
                float sum = weightScales[w] * codeSums[w];
                y += zero * (weightZeros == null ? sum : sum + weightZeros[w] * columns);
            }
            out[outOffset + r] = y;
        }
    }

    @Override
    public void widen(MemorySegment codes, long offset, int count, float[] out, int outOffset) {
        int bound = BYTES.loopBound(count);
        for (int k = 0; k < bound; k += BYTE_LANES) {
            ByteVector bytes = ByteVector.fromMemorySegment(BYTES, codes, offset + k, ORDER);
            floats(bytes, 0).intoArray(out, outOffset + k);
            if (TWO_PARTS) {
                floats(bytes, 1).intoArray(out, outOffset + k + LANES);
            }
        }
        for (int k = bound; k < count; k++) {
            out[outOffset + k] = codes.get(ValueLayout.JAVA_BYTE, offset + k);
        }
    }

    @Override
    public void softmax(float[] scores, int offset, int count, float scale) {
        int bound = FLOATS.loopBound(count);
        FloatVector largest = FloatVector.broadcast(FLOATS, scores[offset]);
        for (int j = 0; j < bound; j += LANES) {
            largest = largest.max(FloatVector.fromArray(FLOATS, scores, offset + j));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (int j = bound; j < count; j++) {
            max = Math.max(max, scores[offset + j]);
        }
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector weight = exp(
                    FloatVector.fromArray(FLOATS, scores, offset + j).sub(max).mul(scale));
            weight.intoArray(scores, offset + j);
            sums = sums.add(weight);
        }
        float sum = sumLanes(sums);
        for (int j = offset + bound; j < offset + count; j++) {
            scores[j] = (float) Math.exp(scale * (scores[j] - max));
            sum += scores[j];
        }
        float factor = 1 / sum;
        for (int j = 0; j < bound; j += LANES) {
            FloatVector.fromArray(FLOATS, scores, offset + j).mul(factor).intoArray(scores, offset + j);
        }
        for (int j = offset + bound; j < offset + count; j++) {
            scores[j] *= factor;
        }
    }

    @Override
    public void gelu(float[] values, int offset, int count) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, offset + i);
            // 0.5 (1 + tanh(u)) = 1 / (1 + exp(-2u))
            FloatVector u = x.mul(x)
                    .fma(FloatVector.broadcast(FLOATS, 0.044715f), FloatVector.broadcast(FLOATS, 1f))
                    .mul(x);
            FloatVector power = exp(u.mul(-2 * SQRT_2_OVER_PI));
            x.div(power.add(1f)).intoArray(values, offset + i);
        }
        for (int i = offset + bound; i < offset + count; i++) {
            float x = values[i];
            double u = SQRT_2_OVER_PI * (x + 0.044715 * x * x * x);
            values[i] = (float) (x / (1 + Math.exp(-2 * u)));
        }
    }

    /** The error function is that of Abramowitz and Stegun, 7.1.26, off by at most 1.5e-7. */
    @Override
    public void erfGelu(float[] values, int offset, int count) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, offset + i);
            FloatVector z = x.abs().mul((float) Math.sqrt(0.5));
            FloatVector t = FloatVector.broadcast(FLOATS, 1f)
                    .div(z.fma(FloatVector.broadcast(FLOATS, 0.3275911f), FloatVector.broadcast(FLOATS, 1f)));
            FloatVector sum = FloatVector.broadcast(FLOATS, ERF[0]);
            for (int k = 1; k < ERF.length; k++) {
                sum = sum.fma(t, FloatVector.broadcast(FLOATS, ERF[k]));
            }
            FloatVector tail = sum.mul(t).mul(exp(z.mul(z).neg())).mul(0.5f);
            // The share of a normal distribution below x.
            FloatVector below = tail.blend(tail.neg().add(1f), x.compare(VectorOperators.GE, 0f));
            x.mul(below).intoArray(values, offset + i);
        }
        for (int i = offset + bound; i < offset + count; i++) {
            values[i] = (float) (0.5 * values[i] * (1 + ErrorFunction.erf(values[i] * Math.sqrt(0.5))));
        }
    }

    @Override
    public void layerNorm(
            float[] in,
            int inOffset,
            int features,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] out,
            int outOffset) {
        int bound = FLOATS.loopBound(features);
        float mean = sum(in, inOffset, features) / features;
        FloatVector squares = FloatVector.zero(FLOATS);
        for (int c = 0; c < bound; c += LANES) {
            FloatVector distance =
                    FloatVector.fromArray(FLOATS, in, inOffset + c).sub(mean);
            squares = distance.fma(distance, squares);
        }
        float variance = sumLanes(squares);
        for (int c = bound; c < features; c++) {
            variance += (in[inOffset + c] - mean) * (in[inOffset + c] - mean);
        }
        float factor = (float) (1 / Math.sqrt(variance / features + epsilon));
        for (int c = 0; c < bound; c += LANES) {
            FloatVector normal =
                    FloatVector.fromArray(FLOATS, in, inOffset + c).sub(mean).mul(factor);
            normal.fma(FloatVector.fromArray(FLOATS, weight, c), FloatVector.fromArray(FLOATS, bias, c))
                    .intoArray(out, outOffset + c);
        }
        for (int c = bound; c < features; c++) {
            out[outOffset + c] = (in[inOffset + c] - mean) * factor * weight[c] + bias[c];
        }
    }

    @Override
    public void rmsNorm(
            float[] in, int inOffset, int features, float[] weight, float epsilon, float[] out, int outOffset) {
        int bound = FLOATS.loopBound(features);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int c = 0; c < bound; c += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, in, inOffset + c);
            sums = x.fma(x, sums);
        }
        float squares = sumLanes(sums);
        for (int c = bound; c < features; c++) {
            squares += in[inOffset + c] * in[inOffset + c];
        }
        float factor = (float) (1 / Math.sqrt(squares / features + epsilon));
        for (int c = 0; c < bound; c += LANES) {
            FloatVector.fromArray(FLOATS, in, inOffset + c)
                    .mul(factor)
                    .mul(FloatVector.fromArray(FLOATS, weight, c))
                    .intoArray(out, outOffset + c);
        }
        for (int c = bound; c < features; c++) {
            out[outOffset + c] = in[inOffset + c] * factor * weight[c];
        }
    }

    @Override
    public void gate(float[] values, int gate, int value, int count, int out) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, gate + i);
            FloatVector.fromArray(FLOATS, values, value + i)
                    .mul(x.div(exp(x.neg()).add(1f)))
                    .intoArray(values, out + i);
        }
        for (int i = bound; i < count; i++) {
            float x = values[gate + i];
            values[out + i] = (float) (x / (1 + Math.exp(-x))) * values[value + i];
        }
    }

    @Override
    public float sum(float[] values, int offset, int count) {
        int bound = FLOATS.loopBound(count);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int i = 0; i < bound; i += LANES) {
            sums = sums.add(FloatVector.fromArray(FLOATS, values, offset + i));
        }
        float sum = sumLanes(sums);
        for (int i = bound; i < count; i++) {
            sum += values[offset + i];
        }
        return sum;
    }

    @Override
    public int sum(short[] values, int offset, int count) {
        int sum = 0;
        int i = 0;
        while (count - i >= SHORT_LANES) {
            // A 16-bit lane holds 255 values of up to 8 bits.
            int end = i + Math.min(255, (count - i) / SHORT_LANES) * SHORT_LANES;
            ShortVector sums = ShortVector.zero(SHORTS);
            for (; i < end; i += SHORT_LANES) {
                sums = sums.add(ShortVector.fromArray(SHORTS, values, offset + i));
            }
            IntVector both = sums.reinterpretAsInts();
            sum += both.lanewise(VectorOperators.ASHR, 16)
                    .add(both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .reduceLanes(VectorOperators.ADD);
        }
        for (; i < count; i++) {
            sum += values[offset + i];
        }
        return sum;
    }

    @Override
    public void add(float[] target, int targetOffset, float[] values, int valuesOffset, int count) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector.fromArray(FLOATS, target, targetOffset + i)
                    .add(FloatVector.fromArray(FLOATS, values, valuesOffset + i))
                    .intoArray(target, targetOffset + i);
        }
        for (int i = bound; i < count; i++) {
            target[targetOffset + i] += values[valuesOffset + i];
        }
    }

    @Override
    public void range(float[] values, int offset, int count, float[] range, int rangeOffset) {
        int bound = FLOATS.loopBound(count);
        FloatVector lows = FloatVector.broadcast(FLOATS, values[offset]);
        FloatVector highs = lows;
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, offset + i);
            lows = lows.min(x);
            highs = highs.max(x);
        }
        float low = lows.reduceLanes(VectorOperators.MIN);
        float high = highs.reduceLanes(VectorOperators.MAX);
        for (int i = bound; i < count; i++) {
            low = Math.min(low, values[offset + i]);
            high = Math.max(high, values[offset + i]);
        }
        range[rangeOffset] = low;
        range[rangeOffset + 1] = high;
    }

    @Override
    public int indexOfLargest(float[] values) {
        int bound = FLOATS.loopBound(values.length);
        FloatVector largest = FloatVector.broadcast(FLOATS, values[0]);
        for (int i = 0; i < bound; i += LANES) {
            largest = largest.max(FloatVector.fromArray(FLOATS, values, i));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (int i = bound; i < values.length; i++) {
            max = Math.max(max, values[i]);
        }
        for (int i = 0; i < bound; i += LANES) {
            VectorMask<Float> equal = FloatVector.fromArray(FLOATS, values, i).compare(VectorOperators.EQ, max);
            if (equal.anyTrue()) {
                return i + equal.firstTrue();
            }
        }
        for (int i = bound; i < values.length; i++) {
            if (values[i] == max) {
                return i;
            }
        }
        return 0; // not a number among them: as good as any
    }

    private static FloatVector codes(float[] values, int at, float zero, float scale, float low, float high) {
        return FloatVector.fromArray(FLOATS, values, at)
                .sub(zero)
                .div(scale)
                .max(low)
                .min(high)
                .add(ROUND);
    }

    private static float code(float value, float zero, float scale, float low, float high) {
        return Math.min(Math.max((value - zero) / scale, low), high) + ROUND - ROUND;
    }

    @Override
    public void quantize(
            float[] values, int offset, int count, float zero, float scale, float low, float high, float shift) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            codes(values, offset + i, zero, scale, low, high)
                    .sub(ROUND)
                    .sub(shift)
                    .intoArray(values, offset + i);
        }
        for (int i = offset + bound; i < offset + count; i++) {
            values[i] = code(values[i], zero, scale, low, high) - shift;
        }
    }

    @Override
    public void quantize(
            float[] values,
            int offset,
            int count,
            float zero,
            float scale,
            float low,
            float high,
            int shift,
            short[] codes) {
        int bound = FLOATS.loopBound(count);
        // The whole number sits in the low bits of the rounded float.
        int subtrahend = Float.floatToRawIntBits(ROUND) + shift;
        for (int i = 0; i < bound; i += LANES) {
            IntVector whole = codes(values, offset + i, zero, scale, low, high)
                    .reinterpretAsInts()
                    .sub(subtrahend);
            ((ShortVector) whole.convertShape(VectorOperators.I2S, HALF_SHORTS, 0)).intoArray(codes, i);
        }
        for (int i = bound; i < count; i++) {
            codes[i] = (short) (code(values[offset + i], zero, scale, low, high) - shift);
        }
    }

    @Override
    public void addProduct(
            float[] sums,
            int sumsOffset,
            int width,
            float weightScale,
            float weightZero,
            float[] totals,
            int totalsOffset,
            float[] scales,
            float[] zeros,
            int lane,
            float constant,
            float[] out,
            int outOffset) {
        for (int t = 0; t < width; t += LANES) {
            FloatVector product =
                    FloatVector.fromArray(FLOATS, sums, sumsOffset + t).mul(weightScale);
            if (weightZero != 0) {
                product = product.add(
                        FloatVector.fromArray(FLOATS, totals, totalsOffset + t).mul(weightZero));
            }
            product = product.mul(FloatVector.fromArray(FLOATS, scales, lane + t));
            FloatVector y = FloatVector.fromArray(FLOATS, out, outOffset + t).add(product);
            if (constant != 0) {
                y = y.add(FloatVector.fromArray(FLOATS, zeros, lane + t).mul(constant));
            }
            y.intoArray(out, outOffset + t);
        }
    }

    /** exp to about 2 units in the last place, by the polynomial of the Cephes library; 0 below -87.3, 1.6e38 above 88. */
    private static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.min(88f).max(-87.3f);
        FloatVector shifted = clamped.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(FLOATS, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(FLOATS, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r.add(1f));
        FloatVector power = shifted.reinterpretAsInts()
                .add(127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats();
        return p.mul(power).blend(0f, x.compare(VectorOperators.LT, -87.3f));
    }
}
