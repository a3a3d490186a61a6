package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;

/**
 * The range with the least squared quantization error over all batches, which are kept only as a histogram.
 *
 * <p>The candidates of a {@link LeastErrorSearch} are judged on the middles of 8,192 bins over {@code [-L, L]}, L being
 * at most twice the largest magnitude. Against the exact search each value is off by at most half a bin,
 * {@code L / 8192}, a small part of a step even at 8 bits; for values that are all at hand use the search itself, which
 * is exact.
 */
public final class MseRange implements RangeEstimator {
    private final GridFamily family;
    private final LeastErrorSearch search;
    private final Histogram histogram = new Histogram();

    public MseRange(GridFamily family, LeastErrorSearch search) {
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
        histogram.add(values);
    }

    @Override
    public boolean isEmpty() {
        return histogram.observed() == null;
    }

    @Override
    public Range range() {
        return search.best(RangeEstimator.orElseThrow(histogram.observed()), family, this::loss);
    }

    private double loss(UniformGrid grid, double stopAbove) {
        double loss = 0;
        for (int bin = 0; bin < Histogram.BINS && loss <= stopAbove; bin++) {
            if (histogram.count(bin) > 0) {
                float middle = histogram.middle(bin);
                float error = middle - grid.fakeQuantize(middle);
                loss += (double) error * error * histogram.count(bin);
            }
        }
        return loss;
    }
}
