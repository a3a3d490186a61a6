package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;

/**
 * A moving average of the batches' smallest and largest values.
 *
 * <p>The first batch sets the range; each later one gives {@code momentum * old + (1 - momentum) * batch}, for both
 * ends, in float32. XTC's static activation range has momentum 0.95, Bondarenko et al. use 0.9.
 */
public final class RunningMinMax implements RangeEstimator {

    /** XTC's momentum. */
    public static final float XTC_MOMENTUM = 0.95f;

    private final float momentum;
    private Range range;

    /** @param momentum weight of the old range, at least 0 and less than 1 */
    public RunningMinMax(float momentum) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum must be at least 0 and less than 1, not " + momentum);
        }
        this.momentum = momentum;
    }

    /** Continues from a range that was saved earlier. */
    public RunningMinMax(float momentum, Range saved) {
        this(momentum);
        this.range = saved;
    }

    @Override
    public void observe(float[] values) {
        observe(Range.of(values));
    }

    @Override
    public void observe(NDArray values) {
        observe(Range.of(values));
    }

    /** Takes in a batch of which only the range is known. */
    public void observe(Range batch) {
        range = range == null
                ? batch
                : new Range(average(range.minimum(), batch.minimum()), average(range.maximum(), batch.maximum()));
    }

    private float average(float old, float batch) {
        return momentum * old + (1 - momentum) * batch;
    }

    public float momentum() {
        return momentum;
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
