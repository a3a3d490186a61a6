package io.bantam.runtime.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What becomes one number, or two, of many values: sums, extremes, and where the largest value is. Sums of floats are
 * taken by lanes and then by halves of a register, so that their order is fixed.
 */
final class Reductions {
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final int LANES = Registers.LANES;
    private static final VectorSpecies<Short> SHORTS = Registers.SHORTS;
    private static final int SHORT_LANES = SHORTS.length();

    private Reductions() {}

    /** The sum of {@link Kernels#sum(float[], int, int)}. */
    static float sum(float[] values, int offset, int count) {
        int bound = FLOATS.loopBound(count);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int i = 0; i < bound; i += LANES) {
            sums = sums.add(FloatVector.fromArray(FLOATS, values, offset + i));
        }
        float sum = Registers.sumLanes(sums);
        for (int i = bound; i < count; i++) {
            sum += values[offset + i];
        }
        return sum;
    }

    /** The sum of {@link Kernels#sum(short[], int, int)}, in 16-bit lanes that are emptied into 32 bits in time. */
    static int sum(short[] values, int offset, int count) {
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

    /** The extremes of {@link Kernels#range}. */
    static void range(float[] values, int offset, int count, float[] range, int rangeOffset) {
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

    /** The index of {@link Kernels#indexOfLargest}: the largest value first, then the first place that has it. */
    static int indexOfLargest(float[] values) {
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

    /** The bounds of {@link Kernels#largestBounds}. */
    static void largestBounds(float[] values, int offset, int count, float[] norms, float radius, float[] bounds) {
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
}
