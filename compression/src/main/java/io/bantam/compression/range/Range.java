package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;

/**
 * A closed interval of float32 values.
 *
 * @param minimum the lower end, finite
 * @param maximum the upper end, finite, at least {@code minimum}
 */
public record Range(float minimum, float maximum) {

    public Range {
        if (!Float.isFinite(minimum) || !Float.isFinite(maximum)) {
            throw new IllegalArgumentException("a range needs finite ends, not [" + minimum + ", " + maximum
                    + "]; look for NaN or infinite values in the weights or activations");
        }
        if (minimum > maximum) {
            throw new IllegalArgumentException("range ends are swapped: [" + minimum + ", " + maximum + "]");
        }
    }

    /**
     * The smallest range that holds all values.
     *
     * @throws IllegalArgumentException if there are none, or one is NaN or infinite
     */
    public static Range of(float[] values) {
        return of(values, 0, values.length);
    }

    /** The smallest range that holds {@code values[from]} to {@code values[to - 1]}. */
    public static Range of(float[] values, int from, int to) {
        if (from >= to) {
            throw new IllegalArgumentException("no values to take a range of");
        }
        float minimum = Float.POSITIVE_INFINITY;
        float maximum = Float.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            // Math.min and Math.max carry a NaN through to the check in the constructor.
            minimum = Math.min(minimum, values[i]);
            maximum = Math.max(maximum, values[i]);
        }
        return new Range(minimum, maximum);
    }

    /** The smallest range that holds all elements of a float32 array of any shape; closes what it makes. */
    public static Range of(NDArray values) {
        if (values.size() == 0) {
            throw new IllegalArgumentException("no values to take a range of: shape " + values.getShape());
        }
        try (NDArray minimum = values.min();
                NDArray maximum = values.max()) {
            return new Range(minimum.getFloat(), maximum.getFloat());
        }
    }

    /** The larger of |minimum| and |maximum|. */
    public float magnitude() {
        return Math.max(Math.abs(minimum), Math.abs(maximum));
    }

    /** The smallest range that holds this one and the other. */
    public Range union(Range other) {
        return new Range(Math.min(minimum, other.minimum), Math.max(maximum, other.maximum));
    }
}
