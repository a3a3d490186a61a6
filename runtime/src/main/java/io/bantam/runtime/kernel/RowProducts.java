package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows of float32 or of signed bytes with one vector, row by row: a matrix and a single token. Four rows at
 * a time share what is loaded of the vector.
 */
final class RowProducts {
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final int LANES = Registers.LANES;
    /** Registers of bytes with as many lanes as one of floats, but no shorter than the shortest register. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8, LANES) * Byte.SIZE));

    private static final int BYTE_LANES = BYTES.length();
    /** Float registers that one byte register widens to: 2 for 128 bits, else 1. */
    private static final boolean TWO_PARTS = BYTE_LANES == 2 * LANES;

    private static final ByteOrder ORDER = Registers.ORDER;

    private RowProducts() {}

    /** The products of {@link Kernels#dots}. */
    static void dots(
            float[] rows, int rowsOffset, int stride, int rowCount, int columns, float[] x, int xOffset, float[] sums) {
        int bound = FLOATS.loopBound(columns);
        int r = 0;
        for (; r + 4 <= rowCount; r += 4) {
            fourDots(rows, rowsOffset + r * stride, stride, bound, x, xOffset, sums, r);
        }
        for (; r < rowCount; r++) {
            sums[r] = dot(rows, rowsOffset + r * stride, bound, x, xOffset);
        }
        if (bound < columns) {
            for (r = 0; r < rowCount; r++) {
                float sum = sums[r];
                for (int k = bound; k < columns; k++) {
                    sum += rows[rowsOffset + r * stride + k] * x[xOffset + k];
                }
                sums[r] = sum;
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
     * Apart from {@link #fourDots}: in one method with it the compiler no longer inlines all of it, and vectors become
     * objects.
     */
    private static float dot(float[] rows, int at, int bound, float[] x, int xOffset) {
        FloatVector a = FloatVector.zero(FLOATS);
        for (int k = 0; k < bound; k += LANES) {
            a = FloatVector.fromArray(FLOATS, rows, at + k).fma(FloatVector.fromArray(FLOATS, x, xOffset + k), a);
        }
        return Registers.sumLanes(a);
    }

    /** The products of {@link Kernels#byteDots}. */
    static void byteDots(
            MemorySegment rows,
            long rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums) {
        int bound = BYTES.loopBound(columns);
        int quarter = TWO_PARTS ? 0 : rowCount / 4;
        for (int r = 0; r < quarter; r++) {
            long at = rowsOffset + (long) r * stride;
            fourByteDots(rows, at, (long) quarter * stride, bound, x, xOffset, sums, r, quarter);
        }
        int r = 4 * quarter;
        for (; r < rowCount; r++) {
            sums[r] = byteDot(rows, rowsOffset + (long) r * stride, bound, x, xOffset);
        }
        if (bound < columns) {
            for (r = 0; r < rowCount; r++) {
                float sum = sums[r];
                for (int k = bound; k < columns; k++) {
                    sum += rows.get(ValueLayout.JAVA_BYTE, rowsOffset + (long) r * stride + k) * x[xOffset + k];
                }
                sums[r] = sum;
            }
        }
    }

    /**
     * Four rows that are far from one another: the processor fetches four streams ahead, where one alone waits at the
     * beginning of every page, and rows side by side, which make no stream at all, at every line.
     *
     * <p>Apart from {@link #byteDot}: in one method with it, or with registers that widen to two, the compiler no
     * longer inlines all of it, and vectors become objects.
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
        return Registers.sumLanes(a);
    }

    /** The floats of {@link Kernels#widen}. */
    static void widen(MemorySegment codes, long offset, int count, float[] out, int outOffset) {
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

    private static FloatVector floats(ByteVector bytes, int part) {
        return (FloatVector) bytes.convertShape(VectorOperators.B2F, FLOATS, part);
    }

    /** Sums each register's lanes. Folding the four together with shuffles was tried and was slower. */
    private static void storeSums(
            FloatVector a, FloatVector b, FloatVector c, FloatVector d, float[] sums, int offset, int apart) {
        sums[offset] = Registers.sumLanes(a);
        sums[offset + apart] = Registers.sumLanes(b);
        sums[offset + 2 * apart] = Registers.sumLanes(c);
        sums[offset + 3 * apart] = Registers.sumLanes(d);
    }
}
