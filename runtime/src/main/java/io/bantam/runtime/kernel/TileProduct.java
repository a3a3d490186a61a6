package io.bantam.runtime.kernel;

/**
 * The product of tiles of codes with tokens' codes, in whole numbers and exact, for one form and length of rows. Made
 * by {@link Kernels#tileProduct}, which chooses among lookup tables ({@code Lut4}, {@code Lut5}, {@code Lut6}),
 * multiplication ({@code Int4Products}) and the plain definition once for a linear and a number of tokens; immutable.
 *
 * <p>Tokens are prepared first, each on its own: their lookup tables are computed, or whatever else the product reads.
 */
public interface TileProduct {
    /** Bytes that {@link #prepare} writes for a token. */
    int preparedBytes();

    /**
     * Prepares one token. What it writes is the product's own.
     *
     * @param x codes from -128 to 127, one for each column of a row from {@code xOffset} on, and 32 more elements of
     *     any value
     */
    void prepare(short[] x, int xOffset, byte[] prepared, int preparedOffset);

    /**
     * Multiplies all tiles with all tokens: {@code sums[t * stride + 64 * i + r] = sum over columns k of (digit -
     * form.base()) * x[k]} for row r of tile i and codes x of token t. Tokens at once take less time than one after the
     * other.
     */
    void multiply(TileRange tiles, PreparedTokens tokens, TileSums sums);
}
