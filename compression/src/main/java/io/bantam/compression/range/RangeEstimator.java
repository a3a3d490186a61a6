package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;

/**
 * Estimates the range of a tensor from the batches that pass by, without keeping them. Not thread-safe.
 *
 * <p>{@link CurrentMinMax}: the last batch. {@link AllMinMax}: all batches. {@link RunningMinMax}: a moving average.
 * {@link MseRange}: least squared error. {@link PercentileRange}: all but the extremes. {@link EntropyRange}: least
 * loss of information.
 */
public sealed interface RangeEstimator
        permits CurrentMinMax, AllMinMax, RunningMinMax, MseRange, PercentileRange, EntropyRange {

    /**
     * Takes in a batch.
     *
     * @throws IllegalArgumentException if it is empty, or a value is NaN or infinite
     */
    void observe(float[] values);

    /** Takes in a batch: float32, any shape. Closes what it makes, not the batch. */
    void observe(NDArray values);

    /** Whether no batch was seen yet. */
    boolean isEmpty();

    /**
     * The estimate.
     *
     * @throws IllegalStateException if no batch was seen
     */
    Range range();

    /** The range, or the error that says how to get one. */
    static Range orElseThrow(Range range) {
        if (range == null) {
            throw new IllegalStateException(
                    "no batch was observed, so there is no range yet; calibrate with at least one batch first");
        }
        return range;
    }
}
