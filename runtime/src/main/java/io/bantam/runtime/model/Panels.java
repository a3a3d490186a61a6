package io.bantam.runtime.model;

/** The cheap steps of a decoder on panels of features: norms, sums, masks. Plain loops, which the compiler vectorizes. */
final class Panels {
    private Panels() {}

    /**
     * Layer norm of every token: {@code (x - mean) / sqrt(variance + epsilon) * weight + bias} over its features.
     *
     * @param in features from {@code inOffset}, {@code [features * width]}
     * @param mean scratch, at least {@code width} elements; {@code variance} too
     */
    static void layerNorm(
            float[] in,
            int inOffset,
            int features,
            int width,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] mean,
            float[] variance,
            float[] out,
            int outOffset) {
        for (int t = 0; t < width; t++) {
            mean[t] = 0;
            variance[t] = 0;
        }
        for (int c = 0; c < features; c++) {
            int at = inOffset + c * width;
            for (int t = 0; t < width; t++) {
                mean[t] += in[at + t];
            }
        }
        for (int t = 0; t < width; t++) {
            mean[t] /= features;
        }
        for (int c = 0; c < features; c++) {
            int at = inOffset + c * width;
            for (int t = 0; t < width; t++) {
                float distance = in[at + t] - mean[t];
                variance[t] += distance * distance;
            }
        }
        for (int t = 0; t < width; t++) {
            variance[t] = (float) (1 / Math.sqrt((double) variance[t] / features + epsilon));
        }
        for (int c = 0; c < features; c++) {
            int at = inOffset + c * width;
            int to = outOffset + c * width;
            for (int t = 0; t < width; t++) {
                out[to + t] = (in[at + t] - mean[t]) * variance[t] * weight[c] + bias[c];
            }
        }
    }

    /** Adds {@code count} values to {@code target}. */
    static void add(float[] target, float[] values, int count) {
        for (int i = 0; i < count; i++) {
            target[i] += values[i];
        }
    }
}
