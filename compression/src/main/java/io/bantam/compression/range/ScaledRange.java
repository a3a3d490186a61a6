package io.bantam.compression.range;

/**
 * The range from the smallest to the largest value, both ends towards 0 by one factor for all groups.
 *
 * @param factor above 0, at most 1
 */
public record ScaledRange(float factor) implements RangeSearch {

    public ScaledRange {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException("a range is scaled by a factor above 0 and at most 1, not " + factor);
        }
    }

    @Override
    public Range search(float[] values, int from, int to, GridFamily family) {
        Range full = Range.of(values, from, to);
        return new Range(full.minimum() * factor, full.maximum() * factor);
    }
}
