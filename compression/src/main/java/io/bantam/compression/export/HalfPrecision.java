package io.bantam.compression.export;

import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;

/**
 * What is not a code, in float16: norms, biases and other plain tensors, and scales. Rounding to the nearest is a
 * relative error of at most 2^-11; a tensor with a number that would overflow, or a scale that would lose more, stays
 * in float32. So do zeros, which keep their ratio to the scale: most are whole multiples of it.
 *
 * <p>A packed file stores in 2 bytes what float16 holds exactly, so a rounded model is a smaller one.
 */
public final class HalfPrecision {
    /** The smallest float16 with all its digits. */
    private static final float LEAST_SCALE = 0x1p-14f;

    private HalfPrecision() {}

    /** Plain values; the same array if one of them would overflow. */
    public static float[] values(float[] values) {
        return rounded(values, 0);
    }

    /** A weight with rounded scales; codes stay. */
    public static QuantizedWeight weight(QuantizedWeight weight) {
        return switch (weight) {
            case QuantizedMatrix matrix -> {
                float[] scales = rounded(matrix.scales(), LEAST_SCALE);
                yield new QuantizedMatrix(
                        matrix.scheme(),
                        matrix.bits(),
                        matrix.rows(),
                        matrix.columns(),
                        matrix.groupSize(),
                        matrix.codes(),
                        scales,
                        zeros(matrix.zeros(), matrix.scales(), scales));
            }
            case AdditiveCodebooks codebooks ->
                new AdditiveCodebooks(
                        codebooks.rows(),
                        codebooks.columns(),
                        codebooks.vector(),
                        codebooks.codeBits(),
                        codebooks.count(),
                        codebooks.codes(),
                        codebooks.codebooks(),
                        rounded(codebooks.scales(), LEAST_SCALE));
        };
    }

    /** A matrix with its scales at the nearest float16, however small they are; codes stay. */
    static QuantizedMatrix nearest(QuantizedMatrix matrix) {
        float[] scales = new float[matrix.scales().length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = Float.float16ToFloat(DType.toFiniteFloat16(matrix.scales()[i]));
        }
        return new QuantizedMatrix(
                matrix.scheme(),
                matrix.bits(),
                matrix.rows(),
                matrix.columns(),
                matrix.groupSize(),
                matrix.codes(),
                scales,
                zeros(matrix.zeros(), matrix.scales(), scales));
    }

    /** A tensor of a packed file with rounded scales or values. */
    public static ModelTensor tensor(ModelTensor tensor) {
        return switch (tensor) {
            case FloatTensor floats -> plain(floats);
            case PackedTensor packed -> {
                float[] scales = rounded(packed.scales(), LEAST_SCALE);
                yield new PackedTensor(
                        packed.scheme(),
                        packed.bits(),
                        packed.rows(),
                        packed.columns(),
                        packed.group(),
                        packed.codes(),
                        scales,
                        zeros(packed.zeros(), packed.scales(), scales));
            }
            case CodebookTensor codebooks ->
                new CodebookTensor(
                        codebooks.bits(),
                        codebooks.count(),
                        codebooks.vector(),
                        codebooks.rows(),
                        codebooks.columns(),
                        codebooks.codes(),
                        codebooks.codebooks(),
                        rounded(codebooks.scales(), LEAST_SCALE));
        };
    }

    private static FloatTensor plain(FloatTensor floats) {
        float[] values = values(floats.values());
        return new FloatTensor(DType.exactly(values), floats.shape(), values);
    }

    private static float[] rounded(float[] values, float least) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            float size = Math.abs(values[i]);
            if (size > DType.LARGEST_FLOAT16 || (size != 0 && size < least)) {
                return values;
            }
            rounded[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
        return rounded;
    }

    private static float[] zeros(float[] zeros, float[] before, float[] scales) {
        float[] moved = zeros.clone();
        for (int i = 0; i < moved.length; i++) {
            if (before[i] != 0) {
                moved[i] = (float) ((double) zeros[i] / before[i] * scales[i]);
            }
        }
        return moved;
    }
}
