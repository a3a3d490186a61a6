package io.bantam.runtime.format;

/**
 * A matrix as sums of codewords (additive quantization): every run of {@code vector} neighbouring columns of a row is
 * {@code scale * (C_1[code_1] + ... + C_count[code_count])}, with one scale a row. Immutable by agreement: the arrays
 * are not copied and must not be changed.
 *
 * @param bits width of a code, 2 to 8; a codebook has {@code 2^bits} codewords
 * @param count codebooks, at least 1
 * @param vector columns that a codeword stands for, a divisor of {@code columns}
 * @param rows output rows of a linear
 * @param columns input columns
 * @param codes packed rows of {@code columns / vector * count} codes, see {@link #layout}; the codes of one run side by
 *     side
 * @param codebooks {@code [count, 2^bits, vector]}, row-major, each a float16 value
 * @param scales finite, one a row
 */
public record CodebookTensor(
        int bits, int count, int vector, int rows, int columns, byte[] codes, float[] codebooks, float[] scales)
        implements ModelTensor {
    /** The name used in files, beside those of {@link Scheme}. */
    public static final String LABEL = "codebooks";

    /** Checks every length and that codewords are float16 values, with {@link IllegalArgumentException}s. */
    public CodebookTensor {
        PackLayout layout = new PackLayout(Scheme.ASYMMETRIC, bits);
        if (rows < 1 || columns < 1 || count < 1) {
            throw new IllegalArgumentException("expected at least one row, column and codebook, got " + rows + " x "
                    + columns + " and " + count + " codebooks");
        }
        if (vector < 1 || columns % vector != 0) {
            throw new IllegalArgumentException(
                    "codewords of " + vector + " columns do not divide the " + columns + " columns");
        }
        PackedTensor.requireLength(
                "codes", (long) rows * layout.rowBytes(Math.multiplyExact(columns / vector, count)), codes.length);
        PackedTensor.requireLength("codebook values", (long) count * vector << bits, codebooks.length);
        PackedTensor.requireLength("scales", rows, scales.length);
        PackedTensor.requireFinite("scale", scales);
        PackedTensor.requireFinite("codebook value", codebooks);
        for (int i = 0; i < codebooks.length; i++) {
            if (Float.float16ToFloat(Float.floatToFloat16(codebooks[i])) != codebooks[i]) {
                throw new IllegalArgumentException("codebook value " + i + " is no float16: " + codebooks[i]);
            }
        }
    }

    /**
     * Packs codes.
     *
     * @param codes {@code [rows, columns / vector, count]}, each 0 to {@code 2^bits - 1}
     */
    public static CodebookTensor pack(
            int bits, int count, int vector, int rows, int columns, int[] codes, float[] codebooks, float[] scales) {
        PackLayout layout = new PackLayout(Scheme.ASYMMETRIC, bits);
        int codesPerRow = codes.length / rows;
        int rowBytes = layout.rowBytes(codesPerRow);
        byte[] packed = new byte[Math.multiplyExact(rows, rowBytes)];
        for (int row = 0; row < rows; row++) {
            layout.packRow(codes, row * codesPerRow, codesPerRow, packed, row * rowBytes);
        }
        return new CodebookTensor(bits, count, vector, rows, columns, packed, codebooks, scales);
    }

    /** The layout of a packed row of codes. */
    public PackLayout layout() {
        return new PackLayout(Scheme.ASYMMETRIC, bits);
    }

    /** The number of codes in a row. */
    public int codesPerRow() {
        return columns / vector * count;
    }

    /** The weights, row-major: codewords are added in the order of the codebooks, then scaled, in float32. */
    @Override
    public float[] toFloats() {
        PackLayout layout = layout();
        int rowBytes = layout.rowBytes(codesPerRow());
        int[] row = new int[codesPerRow()];
        float[] weights = new float[Math.multiplyExact(rows, columns)];
        for (int r = 0; r < rows; r++) {
            layout.unpackRow(codes, r * rowBytes, row.length, row, 0);
            for (int i = 0; i < columns; i++) {
                int first = i / vector * count;
                float sum = 0;
                for (int book = 0; book < count; book++) {
                    sum += codebooks[((book << bits) + row[first + book]) * vector + i % vector];
                }
                weights[r * columns + i] = scales[r] * sum;
            }
        }
        return weights;
    }

    @Override
    public long elementCount() {
        return (long) rows * columns;
    }

    @Override
    public long packedBytes() {
        return codes.length
                + 2L * codebooks.length
                + (long) scales.length * DType.exactly(scales).bytes();
    }
}
