package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.FloatMatrix;

/**
 * Multiplies the columns of a weight by scales and takes them out of whatever makes the layer's inputs, so that the
 * model computes the same and nothing is scaled at run time. All methods return new arrays.
 */
public final class ScaleFolding {
    private ScaleFolding() {}

    /** The weight with column j multiplied by {@code scales[j]}. */
    public static FloatMatrix columns(FloatMatrix weight, double[] scales) {
        requireLength(scales, weight.columns());
        float[] scaled = new float[weight.values().length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (weight.values()[i] * scales[i % weight.columns()]);
        }
        return new FloatMatrix(weight.rows(), weight.columns(), scaled);
    }

    /** A vector, such as a layer norm's gain or shift, with its last entries divided by the scales. */
    public static float[] divided(float[] vector, double[] scales) {
        float[] divided = vector.clone();
        int first = vector.length - scales.length;
        for (int i = 0; i < scales.length; i++) {
            divided[first + i] = (float) (vector[first + i] / scales[i]);
        }
        return divided;
    }

    /** The weight with its last rows, such as the values of an attention, divided by the scales. */
    public static FloatMatrix rows(FloatMatrix weight, double[] scales) {
        int first = weight.rows() - scales.length;
        float[] divided = weight.values().clone();
        for (int row = first; row < weight.rows(); row++) {
            for (int i = row * weight.columns(); i < (row + 1) * weight.columns(); i++) {
                divided[i] = (float) (divided[i] / scales[row - first]);
            }
        }
        return new FloatMatrix(weight.rows(), weight.columns(), divided);
    }

    private static void requireLength(double[] scales, int expected) {
        if (scales.length != expected) {
            throw new IllegalArgumentException("expected " + expected + " scales, got " + scales.length);
        }
    }
}
