package io.bantam.runtime.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A quantized matrix: packed codes with float32 scales, and zeros where the scheme has them.
 *
 * <p>Codes are grouped along the rows: {@code group} = 0 is one group for the whole matrix, otherwise every row has
 * {@code columns / group} groups of {@code group} neighbouring columns ({@code group} = {@code columns}: one per row).
 * Group {@code g} of row {@code r} has the scale at {@code r * groupsPerRow + g}. Immutable by agreement: the arrays
 * are not copied and must not be changed. Codes read from a file stay in the file, mapped, and in its layout.
 */
public final class PackedTensor implements ModelTensor {
    private final PackLayout layout;
    private final int rows;
    private final int columns;
    private final int group;
    private final CodeLayout codeLayout;
    private final MemorySegment codes;
    private final float[] scales;
    private final float[] zeros;

    /**
     * Checks every length and that scales and zeros are finite, with {@link IllegalArgumentException}s.
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
    public PackedTensor(
            Scheme scheme, int bits, int rows, int columns, int group, byte[] codes, float[] scales, float[] zeros) {
        this(
                new PackLayout(scheme, bits),
                rows,
                columns,
                group,
                CodeLayout.ROWS,
                MemorySegment.ofArray(codes),
                scales,
                zeros);
    }

    /**
     * A tensor with codes in a layout of their own; a layout that is not {@link CodeLayout#of these codes'} is
     * refused.
     */
    PackedTensor(
            PackLayout layout,
            int rows,
            int columns,
            int group,
            CodeLayout codeLayout,
            MemorySegment codes,
            float[] scales,
            float[] zeros) {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("expected at least one row and column, got " + rows + " x " + columns);
        }
        if (group < 0 || (group > 0 && columns % group != 0)) {
            throw new IllegalArgumentException("group " + group + " does not divide the " + columns + " columns");
        }
        this.layout = layout;
        this.rows = rows;
        this.columns = columns;
        this.group = group;
        this.codeLayout = codeLayout;
        this.codes = codes;
        this.scales = scales;
        this.zeros = zeros;
        if (codeLayout != CodeLayout.ROWS && codeLayout != fileLayout()) {
            throw new IllegalArgumentException(
                    "expected the layout " + fileLayout().label() + ", found " + codeLayout.label());
        }
        requireLength("codes", codeLayout.byteSize(layout, rows, columns), codes.byteSize());
        long groups = group == 0 ? 1 : (long) rows * (columns / group);
        requireLength("scales", groups, scales.length);
        requireLength("zeros", layout.scheme() == Scheme.ASYMMETRIC ? groups : 0, zeros.length);
        requireFinite("scale", scales);
        requireFinite("zero", zeros);
        if (codeLayout == CodeLayout.TERNARY_5IN3) {
            Ternary5In3.requireDigits(codes);
        } else if (layout.scheme() == Scheme.TERNARY) {
            requireTernaryDigits();
        }
    }

    private void requireTernaryDigits() {
        long bytes = codes.byteSize();
        long words = bytes - bytes % Long.BYTES;
        long tooLarge = 0;
        for (long at = 0; at < words; at += Long.BYTES) {
            // The high bit of each byte: set if it is set, and the bits below plus 13 reach 128.
            long word = codes.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
            tooLarge |= (word & 0x7f7f7f7f7f7f7f7fL) + 0x0d0d0d0d0d0d0d0dL & word & 0x8080808080808080L;
        }
        for (long at = tooLarge == 0 ? words : 0; at < bytes; at++) {
            int digits = codes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            if (digits > PackLayout.LARGEST_TERNARY_BYTE) {
                throw new IllegalArgumentException(
                        "byte " + at + " of the codes: expected five ternary digits (0 to 242), found " + digits);
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

    /** What a code stands for. */
    public Scheme scheme() {
        return layout.scheme();
    }

    /** Nominal bits per code. */
    public int bits() {
        return layout.bits();
    }

    /** Output rows of a linear, or words of an embedding. */
    public int rows() {
        return rows;
    }

    /** Input columns. */
    public int columns() {
        return columns;
    }

    /** Columns per group, or 0 for one group in all. */
    public int group() {
        return group;
    }

    /** Scales, one per group. */
    public float[] scales() {
        return scales;
    }

    /** Zeros, one per group for {@link Scheme#ASYMMETRIC}, else empty. */
    public float[] zeros() {
        return zeros;
    }

    /** How a row is packed. */
    public PackLayout layout() {
        return layout;
    }

    /** Packed rows, one after the other; a copy where the codes are kept in another layout. */
    public byte[] codes() {
        return switch (codeLayout) {
            case ROWS ->
                codes.heapBase()
                        .filter(byte[].class::isInstance)
                        .map(byte[].class::cast)
                        .orElseGet(() -> codes.toArray(ValueLayout.JAVA_BYTE));
            case TILES -> Tiles.toRows(codes, rows, layout.rowBytes(columns));
            case TERNARY_5IN3 ->
                Ternary5In3.toRows(Tiles.toRows(codes, rows, Ternary5In3.rowBytes(columns)), rows, columns);
            case INT3 -> Int3.toRows(Tiles.toRows(codes, rows, Int3.rowBytes(columns)), rows, columns);
            case BYTES -> {
                byte[] moved = codes.toArray(ValueLayout.JAVA_BYTE);
                for (int i = 0; i < moved.length; i++) {
                    moved[i] ^= (byte) 0x80;
                }
                yield moved;
            }
        };
    }

    /** The codes as they are kept, in the layout {@link #codeLayout}; read-only where they are a file's. */
    public MemorySegment storedCodes() {
        return codes;
    }

    /** How {@link #storedCodes} lie. */
    public CodeLayout codeLayout() {
        return codeLayout;
    }

    /** The layout in which a file has these codes. */
    public CodeLayout fileLayout() {
        return CodeLayout.of(layout, columns, columns / groupsPerRow());
    }

    /** The codes in the layout of files; a copy. */
    public byte[] fileCodes() {
        if (codeLayout == fileLayout()) {
            return codes.toArray(ValueLayout.JAVA_BYTE);
        }
        byte[] packed = codes();
        return switch (fileLayout()) {
            case ROWS -> packed;
            case TILES -> tiles(packed, layout.rowBytes(columns));
            case TERNARY_5IN3 -> tiles(Ternary5In3.fromRows(packed, rows, columns), Ternary5In3.rowBytes(columns));
            case INT3 -> tiles(Int3.fromRows(packed, rows, columns), Int3.rowBytes(columns));
            case BYTES -> {
                byte[] signed = packed.clone();
                for (int i = 0; i < signed.length; i++) {
                    signed[i] ^= (byte) 0x80;
                }
                yield signed;
            }
        };
    }

    private byte[] tiles(byte[] packedRows, int rowBytes) {
        byte[] tiles = new byte[Math.toIntExact(Tiles.byteSize(rows, rowBytes))];
        Tiles.fromRows(MemorySegment.ofArray(packedRows), rows, rowBytes, MemorySegment.ofArray(tiles));
        return tiles;
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
        byte[] packed = codes();
        int rowBytes = layout.rowBytes(columns);
        int[] unpacked = new int[Math.multiplyExact(rows, columns)];
        for (int row = 0; row < rows; row++) {
            layout.unpackRow(packed, row * rowBytes, columns, unpacked, row * columns);
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
        return fileLayout().byteSize(layout, rows, columns)
                + (long) scales.length * DType.exactly(scales).bytes()
                + (long) zeros.length * DType.exactly(zeros).bytes();
    }

    static void requireLength(String what, long expected, long actual) {
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
