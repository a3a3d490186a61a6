package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.kernel.Kernels;

/**
 * Quantizes tokens' activations, as {@link ActivationQuantization} defines, and keeps each token's scale and zero:
 * {@code x' = scale * code + zero}. Codes of the asymmetric formula are moved by 2^(k-1) to become signed, the zero
 * with them. Several threads may quantize different tokens at once.
 */
final class ActivationCodes {
    final float[] scales;
    final float[] zeros;
    private final Kernels kernels;
    /** Smallest and largest feature of every token. */
    private final float[] ranges;

    ActivationCodes(Kernels kernels, int maximumTokens) {
        this.kernels = kernels;
        scales = new float[maximumTokens];
        zeros = new float[maximumTokens];
        ranges = new float[2 * maximumTokens];
    }

    /** Notes scale and zero of codes that were made elsewhere. */
    void set(int token, float scale, float zero) {
        scales[token] = scale;
        zeros[token] = zero;
    }

    /** The largest absolute value of some features. */
    float largest(int token, float[] x, int offset, int features) {
        kernels.range(x, offset, features, ranges, 2 * token);
        return Math.max(Math.abs(ranges[2 * token]), Math.abs(ranges[2 * token + 1]));
    }

    /** Writes one token's codes to {@code codes}, from its beginning. */
    void quantize(
            ActivationQuantization quantization,
            Range range,
            int token,
            float[] x,
            int offset,
            int features,
            short[] codes) {
        measure(quantization, range, token, x, offset, features);
        int steps = 1 << quantization.bits();
        int low = quantization.symmetric() ? -steps / 2 : 0;
        int shift = quantization.symmetric() ? 0 : steps / 2;
        kernels.quantize(x, offset, features, zeros[token], divisor(token), low, low + steps - 1, shift, codes);
        shiftZero(token, shift);
    }

    /**
     * Replaces one token's features.
     *
     * @param codes whether by the codes, else by the values that the codes stand for
     */
    void quantize(
            ActivationQuantization quantization,
            Range range,
            int token,
            float[] x,
            int offset,
            int features,
            boolean codes) {
        measure(quantization, range, token, x, offset, features);
        int steps = 1 << quantization.bits();
        int low = quantization.symmetric() ? -steps / 2 : 0;
        int shift = quantization.symmetric() || !codes ? 0 : steps / 2;
        kernels.quantize(x, offset, features, zeros[token], divisor(token), low, low + steps - 1, shift);
        if (codes) {
            shiftZero(token, shift);
            return;
        }
        for (int i = offset; i < offset + features; i++) {
            x[i] = scales[token] * x[i] + zeros[token];
        }
    }

    /**
     * Replaces one token's features by the values on their grids, group by group; the token then has the scale 1 and
     * the zero 0.
     */
    void putOnGrids(ActivationQuantization quantization, int token, float[] x, int offset, int features) {
        int group = quantization.groupSize(features);
        for (int from = 0; from < features; from += group) {
            quantize(quantization, null, token, x, offset + from, group, false);
        }
        set(token, 1, 0);
    }

    /**
     * Writes one token's codes to {@code codes}, from its beginning, group by group; the groups' scales and zeros stand
     * from {@code first} on. The features are destroyed.
     */
    void quantizeGroups(
            ActivationQuantization quantization, int first, float[] x, int offset, int features, short[] codes) {
        int group = quantization.groupSize(features);
        for (int g = 0; g < features / group; g++) {
            quantize(quantization, null, first + g, x, offset + g * group, group, true);
        }
        for (int k = 0; k < features; k++) {
            codes[k] = (short) x[offset + k];
        }
    }

    private void measure(
            ActivationQuantization quantization, Range range, int token, float[] x, int offset, int features) {
        float lowest;
        float highest;
        if (range == null) {
            kernels.range(x, offset, features, ranges, 2 * token);
            lowest = ranges[2 * token];
            highest = ranges[2 * token + 1];
        } else {
            lowest = range.minimum();
            highest = range.maximum();
        }
        int steps = 1 << quantization.bits();
        float scale = quantization.symmetric()
                ? 2 * Math.max(Math.abs(lowest), Math.abs(highest)) / steps
                : (highest - lowest) / steps;
        scales[token] = scale;
        zeros[token] = quantization.symmetric() || scale == 0 ? 0 : (float) Math.rint(lowest / scale) * scale;
    }

    /** Infinity turns every value of a range without extent into code 0, which then stands for 0. */
    private float divisor(int token) {
        return scales[token] == 0 ? Float.POSITIVE_INFINITY : scales[token];
    }

    private void shiftZero(int token, int shift) {
        if (shift != 0) {
            zeros[token] = (float) (zeros[token] + (double) shift * scales[token]);
        }
    }
}
