package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;

/**
 * The range with the least squared quantization error over all batches, which are kept only as a histogram.
 *
 * <p>The histogram has {@value #BINS} equal bins over {@code [-L, L]}. L is the first batch's magnitude; a larger value
 * doubles L and merges neighbouring bins, as often as needed, so later batches may exceed the first. The candidates of
 * the {@link MseSearch} are then judged on the bins' middles. Against the exact search each value is off by at most half
 * a bin, {@code L / 8192}, a small part of a step even at 8 bits; for values that are all at hand use {@link MseSearch},
 * which is exact.
 */
public final class MseRange implements RangeEstimator {
    private static final int BINS = 8192;

    private final GridFamily family;
    private final MseSearch search;
    private final long[] counts = new long[BINS];
    private Range observed;
    private float limit;

    public MseRange(GridFamily family, MseSearch search) {
        this.family = family;
        this.search = search;
    }

    public MseRange(GridFamily family) {
        this(family, new MseSearch());
    }

    @Override
    public void observe(NDArray values) {
        observe(values.toFloatArray());
    }

    @Override
    public void observe(float[] values) {
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

    @Override
    public boolean isEmpty() {
        return observed == null;
    }

    @Override
    public Range range() {
        return search.best(RangeEstimator.orElseThrow(observed), family, this::loss);
    }

    private double loss(UniformGrid grid, double stopAbove) {
        double loss = 0;
        for (int i = 0; i < BINS && loss <= stopAbove; i++) {
            if (counts[i] > 0) {
                float middle = (float) (((i + 0.5) / (BINS / 2) - 1) * limit);
                float error = middle - grid.fakeQuantize(middle);
                loss += (double) error * error * counts[i];
            }
        }
        return loss;
    }
}
