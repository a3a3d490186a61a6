package io.bantam.compression.ptq;

/** How far quantized weights are from the original ones, part after part. */
public final class QuantizationError {
    private double noise;
    private double signal;

    /**
     * Takes in a part of a matrix.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public void add(float[] original, float[] quantized) {
        if (original.length != quantized.length) {
            throw new IllegalArgumentException(
                    original.length + " original weights cannot be compared with " + quantized.length);
        }
        for (int i = 0; i < original.length; i++) {
            double error = (double) original[i] - quantized[i];
            noise += error * error;
            signal += (double) original[i] * original[i];
        }
    }

    /**
     * Relative noise {@code ||A - Q(A)||^2 / ||A||^2} in the Frobenius norm (Wei et al. 2023, arXiv:2303.05378); 0 for
     * two matrices of zeros, infinite if only the original is zero.
     */
    public double relativeNoise() {
        return noise == 0 ? 0 : noise / signal;
    }

    /**
     * Relative noise of one whole matrix, as {@link #relativeNoise()} defines it.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public static double relativeNoise(float[] original, float[] quantized) {
        QuantizationError error = new QuantizationError();
        error.add(original, quantized);
        return error.relativeNoise();
    }
}
