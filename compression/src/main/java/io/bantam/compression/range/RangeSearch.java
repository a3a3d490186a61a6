package io.bantam.compression.range;

/** Chooses the range of a group of values that are all at hand, such as a row of a weight matrix. */
public sealed interface RangeSearch permits MinMaxSearch, LeastErrorSearch, ShrinkSearch, ScaledRange {

    /** The range from the smallest to the largest value. */
    RangeSearch MIN_MAX = new MinMaxSearch();

    /** The range with the least squared error among the default candidates of {@link MseSearch}. */
    RangeSearch MSE = new MseSearch();

    /**
     * The range for {@code values[from]} to {@code values[to - 1]}.
     *
     * @throws IllegalArgumentException if there are no values, or one is NaN or infinite
     */
    Range search(float[] values, int from, int to, GridFamily family);
}
