package io.bantam.compression.quantizer;

import java.util.Arrays;

/**
 * A matrix as sums of codewords, one byte a code (not yet bit-packed): every run of {@code vector} neighbouring columns
 * of a row is {@code scale * (C_1[code_1] + ... + C_count[code_count])}, computed in float32 in this order.
 *
 * <p>The arrays are not copied; they must not be changed afterwards.
 *
 * @param rows number of rows
 * @param columns number of columns
 * @param vector columns that a codeword stands for; divides {@code columns}
 * @param codeBits width of a code, 2 to 8; a codebook has {@code 2^codeBits} codewords
 * @param count codebooks
 * @param codes {@code [rows, columns / vector, count]}, unsigned
 * @param codebooks {@code [count, 2^codeBits, vector]}, each a float16 value
 * @param scales one a row
 */
public record AdditiveCodebooks(
        int rows, int columns, int vector, int codeBits, int count, byte[] codes, float[] codebooks, float[] scales)
        implements QuantizedWeight {

    public AdditiveCodebooks {
        if (vector < 1 || columns % vector != 0) {
            throw new IllegalArgumentException(
                    "codewords of " + vector + " columns do not divide a " + rows + " x " + columns + " matrix");
        }
        int expectedCodes = Math.multiplyExact(rows, columns / vector * count);
        if (codes.length != expectedCodes
                || codebooks.length != (count * vector) << codeBits
                || scales.length != rows) {
            throw new IllegalArgumentException("a " + rows + " x " + columns + " matrix with " + count
                    + " codebooks needs " + expectedCodes + " codes, " + ((count * vector) << codeBits)
                    + " codebook values and " + rows + " scales, not " + codes.length + ", " + codebooks.length
                    + " and "
                    + scales.length);
        }
    }

    @Override
    public int bits() {
        return codeBits * count / vector;
    }

    /** The code at an index of {@link #codes}. */
    public int code(int index) {
        return Byte.toUnsignedInt(codes[index]);
    }

    @Override
    public float[] dequantize() {
        float[] weights = new float[Math.multiplyExact(rows, columns)];
        for (int run = 0; run < weights.length / vector; run++) {
            float scale = scales[run * vector / columns];
            for (int i = 0; i < vector; i++) {
                float sum = 0;
                for (int book = 0; book < count; book++) {
                    sum += codebooks[((book << codeBits) + code(run * count + book)) * vector + i];
                }
                weights[run * vector + i] = scale * sum;
            }
        }
        return weights;
    }

    /** These codes with other codebooks and scales; codebooks are rounded to float16. */
    public AdditiveCodebooks with(float[] otherCodebooks, float[] otherScales) {
        float[] rounded = otherCodebooks.clone();
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = Float.float16ToFloat(Float.floatToFloat16(rounded[i]));
        }
        return new AdditiveCodebooks(rows, columns, vector, codeBits, count, codes, rounded, otherScales.clone());
    }

    /** Equal when all codes, codebooks and scales are. */
    @Override
    public boolean equals(Object other) {
        return other instanceof AdditiveCodebooks that
                && rows == that.rows
                && columns == that.columns
                && vector == that.vector
                && codeBits == that.codeBits
                && count == that.count
                && Arrays.equals(codes, that.codes)
                && Arrays.equals(codebooks, that.codebooks)
                && Arrays.equals(scales, that.scales);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(codes) * 31 + Arrays.hashCode(scales);
    }

    @Override
    public String toString() {
        return "AdditiveCodebooks[" + count + " of " + (1 << codeBits) + " x " + vector + ", " + rows + " x " + columns
                + "]";
    }
}
