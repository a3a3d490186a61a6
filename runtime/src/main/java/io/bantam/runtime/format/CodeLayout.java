package io.bantam.runtime.format;

import java.util.Locale;

/** How the codes of a whole matrix lie in memory and in a packed file; described in the package documentation. */
public enum CodeLayout {
    /** Row by row, each a packed row of {@link PackLayout}. */
    ROWS,
    /** 64 rows together, byte by byte: {@link Tiles}. */
    TILES,
    /** Row by row, a signed byte a code. */
    BYTES;

    /** The name used in files: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The layout that a packed file has for some codes: the one that kernels read as it is. Ternary codes stay rows, which take 1.6
     * bits a code where tiles would take 2; so do widths that fill no nibbles, and groups that begin within a byte.
     *
     * @param groupColumns columns that share a scale
     */
    public static CodeLayout of(PackLayout layout, int columns, int groupColumns) {
        if (layout.scheme() == Scheme.TERNARY) {
            return ROWS;
        }
        return switch (layout.bits()) {
            case 1, 2, 4 ->
                groupColumns == columns || (long) groupColumns * layout.bits() % Byte.SIZE == 0 ? TILES : ROWS;
            case 8 -> BYTES;
            default -> ROWS;
        };
    }

    /** Bytes of a matrix of codes. */
    long byteSize(PackLayout layout, int rows, int columns) {
        return switch (this) {
            case ROWS -> (long) rows * layout.rowBytes(columns);
            case TILES -> Tiles.byteSize(rows, layout.rowBytes(columns));
            case BYTES -> (long) rows * columns;
        };
    }
}
