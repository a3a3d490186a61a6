package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;

/**
 * The range that leaves out the largest and the smallest values of all batches, which are kept only as a histogram of
 * 8,192 bins: at each end at most {@code 100 - percentile} percent of the values lie outside.
 *
 * <p>Bondarenko et al. (arXiv:2109.12948) take percentiles of each batch; here they are those of all.
 */
public final class PercentileRange implements RangeEstimator {
    private final double percentile;
    private final Histogram histogram = new Histogram();

    /** @param percentile above 50, at most 100, which is the full range */
    public PercentileRange(double percentile) {
        if (!(percentile > 50 && percentile <= 100)) {
            throw new IllegalArgumentException("a percentile is above 50 and at most 100, not " + percentile);
        }
        this.percentile = percentile;
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
        Range observed = RangeEstimator.orElseThrow(histogram.observed());
        double outside = histogram.total() * (100 - percentile) / 100;
        int low = 0;
        for (long count = histogram.count(low); count <= outside && low < Histogram.BINS - 1; ) {
            count += histogram.count(++low);
        }
        int high = Histogram.BINS - 1;
        for (long count = histogram.count(high); count <= outside && high > low; ) {
            count += histogram.count(--high);
        }
        // A bin's outer end, but never beyond what was seen.
        return new Range(
                Math.max(observed.minimum(), Math.min(histogram.lowerEnd(low), observed.maximum())),
                Math.min(observed.maximum(), Math.max(histogram.lowerEnd(high + 1), observed.minimum())));
    }
}
