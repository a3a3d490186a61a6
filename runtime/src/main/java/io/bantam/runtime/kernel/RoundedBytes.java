package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows of signed bytes with a vector that is rounded to seven or eight bits, in 16-bit lanes: {@link
 * Kernels#roundedDots}, which finds the few rows that may have the largest output. Half as much work as products of
 * floats: two bytes become two shorts by shifts, and nothing is widened before the end of a block.
 *
 * <p>A lane adds up to {@link #BLOCK} products before it is emptied. Its sum stays within 16 bits because the vector is
 * rounded so coarsely that the absolute codes that meet in a lane add up to at most 255. With some twelve of them that
 * still is seven to eight bits each.
 */
final class RoundedBytes {
    private static final VectorSpecies<Short> SHORTS = Registers.SHORTS;
    private static final VectorSpecies<Byte> BYTES = Registers.BYTES;
    private static final int LANES = SHORTS.length();
    private static final ByteOrder ORDER = Registers.ORDER;
    /** Products that a lane adds up. */
    private static final int BLOCK = 12;
    /** 128, the largest weight, times this is less than 2^15. */
    private static final int LARGEST_SUM = 255;

    private RoundedBytes() {}

    /** The rounding of {@link Kernels#roundForBytes}. */
    static float round(float[] x, int xOffset, int columns, short[] codes) {
        float largest = 0;
        int blockColumns = 2 * LANES * BLOCK;
        for (int from = 0; from < columns; from += blockColumns) {
            int end = Math.min(columns, from + blockColumns);
            for (int lane = from; lane < Math.min(end, from + 2 * LANES); lane++) {
                float sum = 0;
                for (int k = lane; k < end; k += 2 * LANES) {
                    sum += Math.abs(x[xOffset + k]);
                }
                largest = Math.max(largest, sum);
            }
        }
        // Rounding adds up to a half to each.
        float step = largest / (LARGEST_SUM - BLOCK / 2);
        float inverse = step == 0 ? 0 : 1 / step;
        int half = columns / 2;
        for (int k = 0; k < half; k++) {
            codes[k] = (short) Math.rint(x[xOffset + 2 * k] * inverse);
            codes[half + k] = (short) Math.rint(x[xOffset + 2 * k + 1] * inverse);
        }
        return step;
    }

    /** The products of {@link Kernels#roundedDots}. */
    static void dots(
            MemorySegment rows, long rowsOffset, int stride, int rowCount, int columns, short[] codes, int[] sums) {
        for (int r = 0; r < rowCount; r++) {
            sums[r] = dot(rows, rowsOffset + (long) r * stride, columns, codes);
        }
    }

    private static int dot(MemorySegment rows, long at, int columns, short[] codes) {
        int half = columns / 2;
        int bound = SHORTS.loopBound(half);
        IntVector total = IntVector.zero(Registers.INTS);
        for (int from = 0; from < bound; from += BLOCK * LANES) {
            int end = Math.min(bound, from + BLOCK * LANES);
            ShortVector even = ShortVector.zero(SHORTS);
            ShortVector odd = even;
            for (int k = from; k < end; k += LANES) {
                ShortVector pairs = ByteVector.fromMemorySegment(BYTES, rows, at + 2 * k, ORDER)
                        .reinterpretAsShorts();
                even = even.add(pairs.lanewise(VectorOperators.LSHL, Byte.SIZE)
                        .lanewise(VectorOperators.ASHR, Byte.SIZE)
                        .mul(ShortVector.fromArray(SHORTS, codes, k)));
                odd = odd.add(pairs.lanewise(VectorOperators.ASHR, Byte.SIZE)
                        .mul(ShortVector.fromArray(SHORTS, codes, half + k)));
            }
            IntVector evens = even.reinterpretAsInts();
            IntVector odds = odd.reinterpretAsInts();
            total = total.add(evens.lanewise(VectorOperators.ASHR, Short.SIZE))
                    .add(evens.lanewise(VectorOperators.LSHL, Short.SIZE).lanewise(VectorOperators.ASHR, Short.SIZE))
                    .add(odds.lanewise(VectorOperators.ASHR, Short.SIZE))
                    .add(odds.lanewise(VectorOperators.LSHL, Short.SIZE).lanewise(VectorOperators.ASHR, Short.SIZE));
        }
        int sum = total.reduceLanes(VectorOperators.ADD);
        for (int k = bound; k < half; k++) {
            sum += rows.get(ValueLayout.JAVA_BYTE, at + 2 * k) * codes[k]
                    + rows.get(ValueLayout.JAVA_BYTE, at + 2 * k + 1) * codes[half + k];
        }
        return sum;
    }
}
