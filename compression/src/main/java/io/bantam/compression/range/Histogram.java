package io.bantam.compression.range;

import java.util.Arrays;

/**
 * Counts of values in {@value #BINS} equal bins over {@code [-L, L]}. L is the first batch's magnitude; a larger value
 * doubles L and merges neighbouring bins, as often as needed, so later batches may exceed the first.
 */
final class Histogram {
    static final int BINS = 8192;

    private final long[] counts = new long[BINS];
    private Range observed;
    private float limit;

    /** @throws IllegalArgumentException if there are no values, or one is NaN or infinite */
    void add(float[] values) {
        Range batch = Range.of(values);
        observed = observed == null ? batch : observed.union(batch);
        growTo(batch.magnitude());
        for (float value : values) {
            counts[bin(value)]++;
        }
    }

    private void growTo(float magnitude) {
        if (magnitude == 0) {
            return; // Zeros fall into the middle bin whatever the limit is.
        }
        if (limit == 0) {
            limit = magnitude;
        }
        while (limit < magnitude) {
            limit *= 2;
            long[] old = counts.clone();
            Arrays.fill(counts, 0);
            for (int i = 0; i < BINS; i++) {
                counts[BINS / 4 + i / 2] += old[i];
            }
        }
    }

    private int bin(float value) {
        if (limit == 0) {
            return BINS / 2;
        }
        int bin = (int) Math.floor((value / (double) limit + 1) * (BINS / 2));
        return Math.min(bin, BINS - 1);
    }

    /** The range of all values, or null before the first. */
    Range observed() {
        return observed;
    }

    long count(int bin) {
        return counts[bin];
    }

    long total() {
        return Arrays.stream(counts).sum();
    }

    /** The value in the middle of a bin. */
    float middle(int bin) {
        return (float) (((bin + 0.5) / (BINS / 2) - 1) * limit);
    }

    /** The value at the lower end of a bin; of bin {@value #BINS} the upper end of the last. */
    float lowerEnd(int bin) {
        return (float) (((double) bin / (BINS / 2) - 1) * limit);
    }
}
