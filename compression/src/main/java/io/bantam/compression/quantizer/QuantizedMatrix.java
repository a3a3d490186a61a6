package io.bantam.compression.quantizer;

import io.bantam.runtime.format.Scheme;
import java.util.Arrays;

/**
 * A matrix as whole codes and float32 scales, one byte a code (not yet bit-packed).
 *
 * <p>{@code weight = scale * code}, or {@code scale * code + zero} for {@link Scheme#ASYMMETRIC}: one or two float32
 * operations. The arrays are not copied; they must not be changed afterwards.
 *
 * @param scheme what the codes stand for
 * @param bits width of a code: 1 binary, 2 ternary, else 2 to 8
 * @param rows number of rows
 * @param columns number of columns
 * @param groupSize weights, contiguous in row-major order, that share a scale; divides {@code rows * columns}
 * @param codes {@code rows * columns} codes in row-major order; signed, but unsigned for {@link Scheme#ASYMMETRIC}
 * @param scales one scale a group
 * @param zeros the value of code 0, one a group, for {@link Scheme#ASYMMETRIC}; else empty
 */
public record QuantizedMatrix(
        Scheme scheme, int bits, int rows, int columns, int groupSize, byte[] codes, float[] scales, float[] zeros)
        implements QuantizedWeight {

    public QuantizedMatrix {
        int size = Math.multiplyExact(rows, columns);
        if (groupSize < 1 || size % groupSize != 0) {
            throw new IllegalArgumentException(
                    "groups of " + groupSize + " do not divide a " + rows + " x " + columns + " matrix");
        }
        int groups = size / groupSize;
        int expectedZeros = scheme == Scheme.ASYMMETRIC ? groups : 0;
        if (codes.length != size || scales.length != groups || zeros.length != expectedZeros) {
            throw new IllegalArgumentException("a " + rows + " x " + columns + " matrix in groups of " + groupSize
                    + " needs " + size + " codes, " + groups + " scales and " + expectedZeros + " zeros, not "
                    + codes.length + ", " + scales.length + " and " + zeros.length);
        }
    }

    /** The code of the weight at a row-major index. */
    public int code(int index) {
        return scheme == Scheme.ASYMMETRIC ? Byte.toUnsignedInt(codes[index]) : codes[index];
    }

    @Override
    public float[] dequantize() {
        return dequantize(0, codes.length);
    }

    /** The weights from a row-major index to before another one. */
    public float[] dequantize(int from, int to) {
        float[] weights = new float[to - from];
        for (int i = from; i < to; i++) {
            int group = i / groupSize;
            float product = scales[group] * code(i);
            weights[i - from] = scheme == Scheme.ASYMMETRIC ? product + zeros[group] : product;
        }
        return weights;
    }

    /** Equal when all codes, scales and zeros are. */
    @Override
    public boolean equals(Object other) {
        return other instanceof QuantizedMatrix that
                && scheme == that.scheme
                && bits == that.bits
                && rows == that.rows
                && columns == that.columns
                && groupSize == that.groupSize
                && Arrays.equals(codes, that.codes)
                && Arrays.equals(scales, that.scales)
                && Arrays.equals(zeros, that.zeros);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(codes) * 31 + Arrays.hashCode(scales);
    }

    @Override
    public String toString() {
        return "QuantizedMatrix[" + scheme + ", " + bits + " bits, " + rows + " x " + columns + ", groups of "
                + groupSize + "]";
    }
}
