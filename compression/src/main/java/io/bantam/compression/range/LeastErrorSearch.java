package io.bantam.compression.range;

/**
 * A search for the range with the least {@code sum (x - q(x))^2}: which ranges it looks at is what sets one from
 * another. The error is exact where the values are at hand ({@link #search}) and that of a histogram over batches
 * ({@link MseRange}).
 */
public sealed interface LeastErrorSearch extends RangeSearch permits MseSearch, MseGrid2dSearch, GoldenSectionSearch {

    /** The sum of squared errors that a grid makes; may stop early with any sum above the limit. */
    interface Loss {
        double of(UniformGrid grid, double limit);
    }

    /**
     * The best of the ranges that this search looks at.
     *
     * @param observed where the values lie
     * @param loss of a range's grid
     */
    Range best(Range observed, GridFamily family, Loss loss);

    @Override
    default Range search(float[] values, int from, int to, GridFamily family) {
        SquaredError error = new SquaredError(values, from, to);
        return best(error.extremes(), family, error);
    }
}
