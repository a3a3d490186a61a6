package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.FloatMatrix;

/**
 * Takes the mean of a linear layer's output error out of its bias: {@code b' = b + (W - Q) E[x]}.
 *
 * <p>Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", arXiv:1906.04721, section
 * 4.2, with the mean input measured on calibration data.
 */
public final class BiasCorrection {
    private BiasCorrection() {}

    /**
     * The corrected bias.
     *
     * @param bias {@code out} values; not changed
     * @param weight {@code [out, in]}
     * @param quantized its values on the grid
     * @param means of the layer's {@code in} inputs
     */
    public static float[] corrected(float[] bias, FloatMatrix weight, float[] quantized, double[] means) {
        int columns = weight.columns();
        if (bias.length != weight.rows() || quantized.length != weight.values().length || means.length != columns) {
            throw new IllegalArgumentException(
                    "a weight of " + weight.rows() + " x " + columns + " does not fit " + bias.length + " biases, "
                            + quantized.length + " quantized values and " + means.length + " means");
        }
        float[] corrected = new float[bias.length];
        for (int row = 0; row < bias.length; row++) {
            double error = 0;
            for (int i = 0; i < columns; i++) {
                error += ((double) weight.values()[row * columns + i] - quantized[row * columns + i]) * means[i];
            }
            corrected[row] = (float) (bias[row] + error);
        }
        return corrected;
    }
}
