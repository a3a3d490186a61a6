package io.bantam.runtime.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Quantization of activations: values become whole numbers on a grid, {@link Kernels#quantize}. Rounding is half to
 * even, by adding a number so large that no fraction is left.
 */
final class CodeRounding {
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final int LANES = Registers.LANES;
    /** Registers of shorts with as many lanes as one of floats. */
    private static final VectorSpecies<Short> HALF_SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(LANES * Short.SIZE));
    /** Adding and subtracting 1.5 * 2^23 rounds to a whole number, which then sits in the low bits. */
    private static final float ROUND = 12582912f;

    private CodeRounding() {}

    /** Codes as floats, in place: {@link Kernels#quantize(float[], int, int, float, float, float, float, float)}. */
    static void quantize(
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

    /** Codes as shorts, from the beginning of {@code codes}. */
    static void quantize(
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

    /** Rounded codes, still {@link #ROUND} too large. */
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
}
