package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.FloatMatrix;

/**
 * SmoothQuant (arXiv:2211.10438): moves the spread of a linear layer's inputs into its weight, so that inputs of a few
 * large features survive 8 bits.
 *
 * <p>Column j of the weight is multiplied, and input j divided, by {@code s_j = max|x_j|^a / max|w_j|^(1 - a)}
 * (equation 4). The division is folded into the layer before ({@link ScaleFolding}).
 */
public final class SmoothQuant {
    private static final double SMALLEST = 1e-5;

    private SmoothQuant() {}

    /**
     * The scale of each column; 1 where the input or the column is always 0.
     *
     * @param weight {@code [out, in]}
     * @param largestMagnitudes largest |x| of each input
     * @param strength a, 0 (all spread stays in the inputs) to 1 (all goes into the weight)
     */
    public static double[] scales(FloatMatrix weight, float[] largestMagnitudes, double strength) {
        if (!(strength >= 0 && strength <= 1) || largestMagnitudes.length != weight.columns()) {
            throw new IllegalArgumentException("a strength of 0 to 1 and " + weight.columns()
                    + " magnitudes are needed, not " + strength + " and " + largestMagnitudes.length);
        }
        double[] scales = new double[weight.columns()];
        for (int column = 0; column < scales.length; column++) {
            double most = 0;
            for (int row = 0; row < weight.rows(); row++) {
                most = Math.max(most, Math.abs(weight.values()[row * weight.columns() + column]));
            }
            boolean dead = most == 0 || largestMagnitudes[column] == 0;
            scales[column] = dead
                    ? 1
                    : Math.max(Math.pow(largestMagnitudes[column], strength) / Math.pow(most, 1 - strength), SMALLEST);
        }
        return scales;
    }
}
