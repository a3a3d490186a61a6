package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;

/** The smallest and largest value of the last batch. */
public final class CurrentMinMax implements RangeEstimator {
    private Range range;

    @Override
    public void observe(float[] values) {
        observe(Range.of(values));
    }

    @Override
    public void observe(NDArray values) {
        observe(Range.of(values));
    }

    private void observe(Range batch) {
        range = batch;
    }

    @Override
    public boolean isEmpty() {
        return range == null;
    }

    @Override
    public Range range() {
        return RangeEstimator.orElseThrow(range);
    }
}
