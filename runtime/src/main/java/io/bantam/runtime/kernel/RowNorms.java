package io.bantam.runtime.kernel;

/**
 * The Euclidean lengths of a matrix's rows, or bounds of them from above: {@code factor * norms[row]}.
 *
 * @param norms one a row, not negative; there may be more elements behind them
 */
public record RowNorms(float[] norms, float factor) {
    /** More than float32 sums of some thousand squares may be short of. */
    static final float ROUNDED_UP = 1.001f;

    /** Many times what rounding can be of it. */
    private static final float ROUNDED_ZEROS = 0.01f;

    /**
     * Takes sums of squares, which become the norms.
     *
     * @param rows the elements that are rows
     */
    static RowNorms ofSquares(float[] squares, int rows, GroupScales scales) {
        for (int r = 0; r < rows; r++) {
            squares[r] = (float) Math.sqrt(squares[r]) + roundedZeros(r, scales);
        }
        return new RowNorms(squares, ROUNDED_UP);
    }

    /** A part of the zeros' length: float32 rounds products of codes and of zeros that may cancel out. */
    private static float roundedZeros(int row, GroupScales scales) {
        float sum = 0;
        for (int group = 0; scales.hasZeros() && group < scales.groupsPerRow(); group++) {
            sum += Math.abs(scales.zero(row, group));
        }
        return ROUNDED_ZEROS * sum * (float) Math.sqrt((double) scales.groupColumns());
    }
}
