package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.kernel.Kernels;

/**
 * Quantizes panels of activations in place, as {@link ActivationQuantization} defines, and keeps each token's scale and zero:
 * {@code x' = scale * code + zero}. Codes of the asymmetric formula are moved by 2^(k-1) to become signed, the zero with them.
 */
final class ActivationCodes {
    final float[] scales;
    final float[] zeros;
    private final Kernels kernels;
    private final float[] lowest;
    private final float[] highest;
    private final float[] offsets;

    ActivationCodes(Kernels kernels, int maximumLanes) {
        this.kernels = kernels;
        scales = new float[maximumLanes];
        zeros = new float[maximumLanes];
        lowest = new float[maximumLanes];
        highest = new float[maximumLanes];
        offsets = new float[maximumLanes];
    }

    /** Marks tokens as not quantized: scale 1 and zero 0. */
    void passThrough(int lanes) {
        for (int t = 0; t < lanes; t++) {
            scales[t] = 1;
            zeros[t] = 0;
        }
    }

    /**
     * Quantizes one panel.
     *
     * @param range the fixed range, or null for each token's own
     * @param codes whether the panel is to hold the codes, else the values that the codes stand for
     */
    void quantize(
            ActivationQuantization quantization,
            Range range,
            float[] panel,
            int offset,
            int features,
            int width,
            int firstLane,
            boolean codes) {
        if (range == null) {
            kernels.ranges(panel, offset, features, width, lowest, highest);
        } else {
            for (int t = 0; t < width; t++) {
                lowest[t] = range.minimum();
                highest[t] = range.maximum();
            }
        }
        boolean symmetric = quantization.symmetric();
        int steps = 1 << quantization.bits();
        float low = symmetric ? -steps / 2 : 0;
        float high = low + steps - 1;
        for (int t = 0; t < width; t++) {
            float scale = symmetric
                    ? 2 * Math.max(Math.abs(lowest[t]), Math.abs(highest[t])) / steps
                    : (highest[t] - lowest[t]) / steps;
            float zero = symmetric || scale == 0 ? 0 : (float) Math.rint(lowest[t] / scale) * scale;
            scales[firstLane + t] = scale;
            zeros[firstLane + t] = zero;
            offsets[t] = zero;
            // A divisor of infinity turns every value of a range without extent into code 0, which then stands for 0.
            highest[t] = scale == 0 ? Float.POSITIVE_INFINITY : scale;
        }
        int shift = symmetric || !codes ? 0 : steps / 2;
        kernels.quantize(panel, offset, features, width, offsets, highest, low, high, shift);
        if (!codes) {
            dequantize(panel, offset, features, width, firstLane);
        } else if (shift != 0) {
            for (int t = 0; t < width; t++) {
                int lane = firstLane + t;
                zeros[lane] = (float) (zeros[lane] + (double) shift * scales[lane]);
            }
        }
    }

    private void dequantize(float[] panel, int offset, int features, int width, int firstLane) {
        for (int c = 0; c < features; c++) {
            int at = offset + c * width;
            for (int t = 0; t < width; t++) {
                panel[at + t] = scales[firstLane + t] * panel[at + t] + zeros[firstLane + t];
            }
        }
    }
}
