package io.bantam.runtime.format;

/**
 * The order in which the codes of a whole matrix lie in memory and in a packed file; described bit by bit in the
 * package documentation. Files name a layout by its {@link #label}, which is older than the constants' names and never
 * changes.
 */
public enum CodeLayout {
    /** Row by row, each a packed row of {@link PackLayout}. */
    ROWS("rows"),
    /** Tiles of 64 rows, byte by byte, of rows of {@link PackLayout}: see {@link Tiles}. */
    TILES("tiles"),
    /** Tiles of ternary rows, three codes in five bits: see {@link Ternary5In3}. */
    TERNARY_5IN3("quintets"),
    /** Tiles of rows of 3-bit codes, eight codes in three bytes: see {@link Int3}. */
    INT3("triples"),
    /** Row by row, a signed byte a code. */
    BYTES("bytes");

    private final String label;

    CodeLayout(String label) {
        this.label = label;
    }

    /** The name used in files. */
    public String label() {
        return label;
    }

    /**
     * The layout that a packed file has for some codes: the one that kernels read as it is. Widths of 5 to 7 bits stay
     * rows, and so do groups that begin within bytes that belong together.
     *
     * @param groupColumns columns that share a scale
     */
    public static CodeLayout of(PackLayout layout, int columns, int groupColumns) {
        if (layout.scheme() == Scheme.TERNARY) {
            return groupColumns == columns || groupColumns % Ternary5In3.COLUMNS == 0 ? TERNARY_5IN3 : ROWS;
        }
        return switch (layout.bits()) {
            case 1, 2, 4 ->
                groupColumns == columns || (long) groupColumns * layout.bits() % Byte.SIZE == 0 ? TILES : ROWS;
            case 3 -> groupColumns == columns || groupColumns % Byte.SIZE == 0 ? INT3 : ROWS;
            case 8 -> BYTES;
            default -> ROWS;
        };
    }

    /** Bytes of a matrix of codes. */
    long byteSize(PackLayout layout, int rows, int columns) {
        int rowBytes = rowBytes(layout, columns);
        return tiled() ? Tiles.byteSize(rows, rowBytes) : (long) rows * rowBytes;
    }

    /** Whether the bytes of 64 rows lie side by side. */
    boolean tiled() {
        return this != ROWS && this != BYTES;
    }

    /** Bytes of a row of codes. */
    int rowBytes(PackLayout layout, int columns) {
        return switch (this) {
            case ROWS, TILES -> layout.rowBytes(columns);
            case TERNARY_5IN3 -> Ternary5In3.rowBytes(columns);
            case INT3 -> Int3.rowBytes(columns);
            case BYTES -> columns;
        };
    }
}
