package io.bantam.runtime.kernel;

/**
 * What a {@link TileProduct} gives, int32 {@code [tokens, rows]}, with the scratch memory that it needs. One for each
 * thread.
 */
public final class TileSums {
    /** Elements of scratch: the 5-bit indices of two tiles and the sums of four tokens, which need the most. */
    private static final int SCRATCH = 2816;

    final int[] values;
    final int stride;
    final int[] scratch = new int[SCRATCH];

    /** Makes room; rows are those of whole tiles. */
    public TileSums(int tokens, int rows) {
        values = new int[tokens * rows];
        stride = rows;
    }

    /** The sums, row-major: row r of token t is at {@code t * rows + r}. */
    public int[] values() {
        return values;
    }

    /** Tokens that there is room for. */
    public int tokens() {
        return stride == 0 ? 0 : values.length / stride;
    }
}
