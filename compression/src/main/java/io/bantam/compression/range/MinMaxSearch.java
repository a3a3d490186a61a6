package io.bantam.compression.range;

/** The range from the smallest to the largest value. */
public record MinMaxSearch() implements RangeSearch {

    @Override
    public Range search(float[] values, int from, int to, GridFamily family) {
        return Range.of(values, from, to);
    }
}
