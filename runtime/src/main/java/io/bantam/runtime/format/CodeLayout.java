package io.bantam.runtime.format;

import java.util.Locale;

/** How the codes of a whole matrix lie in memory and in a packed file; described in the package documentation. */
public enum CodeLayout {
    /** Row by row, each a packed row of {@link PackLayout}. */
    ROWS,
    /** 64 rows together, byte by byte: {@link Tiles}. */
    TILES,
    /** As {@link #TILES}, of rows of {@link Quintets}. */
    QUINTETS,
    /** As {@link #TILES}, of rows of {@link Triples}. */
    TRIPLES,
    /** Row by row, a signed byte a code. */
    BYTES;

    /** The name used in files: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The layout that a packed file has for some codes: the one that kernels read as it is. Widths that fill no nibbles stay rows,
     * and so do groups that begin within bytes that belong together.
     *
     * @param groupColumns columns that share a scale
     */
    public static CodeLayout of(PackLayout layout, int columns, int groupColumns) {
        if (layout.scheme() == Scheme.TERNARY) {
            return groupColumns == columns || groupColumns % Quintets.COLUMNS == 0 ? QUINTETS : ROWS;
        }
        return switch (layout.bits()) {
            case 1, 2, 4 ->
                groupColumns == columns || (long) groupColumns * layout.bits() % Byte.SIZE == 0 ? TILES : ROWS;
            case 3 -> groupColumns == columns || groupColumns % Byte.SIZE == 0 ? TRIPLES : ROWS;
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
            case QUINTETS -> Quintets.rowBytes(columns);
            case TRIPLES -> Triples.rowBytes(columns);
            case BYTES -> columns;
        };
    }
}
