package io.bantam.runtime.format;

/**
 * A quantized matrix: packed codes with float32 scales, and zeros where the scheme has them.
 *
 * <p>Codes are grouped along the rows: {@code group} = 0 is one group for the whole matrix, otherwise every row has
 * {@code columns / group} groups of {@code group} neighbouring columns ({@code group} = {@code columns}: one per row).
 * Group {@code g} of row {@code r} has the scale at {@code r * groupsPerRow + g}. Immutable by agreement: the arrays are
 * not copied and must not be changed.
 *
 * @param scheme what a code stands for
 * @param bits nominal bits per code, see {@link PackLayout}
 * @param rows output rows of a linear, or words of an embedding
 * @param columns input columns
 * @param group columns per group, a divisor of {@code columns}, or 0
 * @param codes packed rows, {@code rows * rowBytes} bytes
 * @param scales finite, one per group
 * @param zeros finite, one per group for {@link Scheme#ASYMMETRIC}, else empty
 */
public record PackedTensor(
        Scheme scheme, int bits, int rows, int columns, int group, byte[] codes, float[] scales, float[] zeros)
        implements ModelTensor {
    /** Checks every length and that scales and zeros are finite, with {@link IllegalArgumentException}s. */
    public PackedTensor {
        PackLayout layout = new PackLayout(scheme, bits);
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("expected at least one row and column, got " + rows + " x " + columns);
        }
        if (group < 0 || (group > 0 && columns % group != 0)) {
            throw new IllegalArgumentException("group " + group + " does not divide the " + columns + " columns");
        }
        requireLength("codes", (long) rows * layout.rowBytes(columns), codes.length);
        long groups = group == 0 ? 1 : (long) rows * (columns / group);
        requireLength("scales", groups, scales.length);
        requireLength("zeros", scheme == Scheme.ASYMMETRIC ? groups : 0, zeros.length);
        requireFinite("scale", scales);
        requireFinite("zero", zeros);
        if (scheme == Scheme.TERNARY) {
            for (int i = 0; i < codes.length; i++) {
                if ((codes[i] & 0xff) > 242) {
                    throw new IllegalArgumentException("byte " + i
                            + " of the codes: expected five ternary digits (0 to 242), found " + (codes[i] & 0xff));
                }
            }
        }
    }

    /**
     * Packs codes.
     *
     * @param codes row-major, one per weight, within the scheme's range
     * @param zeros one per group for {@link Scheme#ASYMMETRIC}, else empty or null
     * @throws IllegalArgumentException if a code or a length is wrong
     */
    public static PackedTensor pack(
            Scheme scheme, int bits, int rows, int columns, int group, int[] codes, float[] scales, float[] zeros) {
        requireLength("codes", (long) rows * columns, codes.length);
        PackLayout layout = new PackLayout(scheme, bits);
        int rowBytes = layout.rowBytes(columns);
        byte[] packed = new byte[Math.multiplyExact(rows, rowBytes)];
        for (int row = 0; row < rows; row++) {
            layout.packRow(codes, row * columns, columns, packed, row * rowBytes);
        }
        return new PackedTensor(
                scheme, bits, rows, columns, group, packed, scales, zeros == null ? new float[0] : zeros);
    }

    /** How a row is packed. */
    public PackLayout layout() {
        return new PackLayout(scheme, bits);
    }

    /** Groups in each row that have a scale of their own; 1 also when the whole matrix shares one. */
    public int groupsPerRow() {
        return group == 0 ? 1 : columns / group;
    }

    /** Where the scale (and zero) of a group lies in {@link #scales}. */
    public int scaleIndex(int row, int groupOfRow) {
        return group == 0 ? 0 : row * groupsPerRow() + groupOfRow;
    }

    /** All codes, row-major. */
    public int[] unpack() {
        PackLayout layout = layout();
        int rowBytes = layout.rowBytes(columns);
        int[] unpacked = new int[Math.multiplyExact(rows, columns)];
        for (int row = 0; row < rows; row++) {
            layout.unpackRow(codes, row * rowBytes, columns, unpacked, row * columns);
        }
        return unpacked;
    }

    /** The weights, row-major: {@code scale * code + zero}, computed in float32. */
    @Override
    public float[] toFloats() {
        int[] unpacked = unpack();
        float[] weights = new float[unpacked.length];
        int groupColumns = columns / groupsPerRow();
        for (int i = 0; i < weights.length; i++) {
            int at = scaleIndex(i / columns, i % columns / groupColumns);
            weights[i] = scales[at] * unpacked[i];
            if (zeros.length > 0) {
                weights[i] += zeros[at];
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
        return codes.length + 4L * (scales.length + zeros.length);
    }

    static void requireLength(String what, long expected, int actual) {
        if (expected != actual) {
            throw new IllegalArgumentException("expected " + expected + " " + what + ", got " + actual);
        }
    }

    static void requireFinite(String what, float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(what + " " + i + " is " + values[i]);
            }
        }
    }
}
