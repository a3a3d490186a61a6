package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeEstimator;
import io.bantam.compression.range.RunningMinMax;

/**
 * One grid for the whole tensor, over a range that is estimated from the batches seen in training.
 *
 * <p>In training a batch first updates the range and is then quantized with it; in evaluation the range stays. Values
 * outside are clipped. Symmetric: {@code scale = max(|min|, |max|) / 2^(k-1)}. One instance belongs to one linear
 * layer; it is not thread-safe.
 */
public final class StaticActivationQuantizer implements ActivationQuantizer {
    private final GridFamily family;
    private final RangeEstimator estimator;

    /**
     * @param bits 4 or 8
     * @param symmetric whether code 0 is the value 0
     * @param estimator how the range follows the batches
     */
    public StaticActivationQuantizer(int bits, boolean symmetric, RangeEstimator estimator) {
        ActivationQuantizer.checkBits(bits);
        this.family = new GridFamily(bits, symmetric, GridRule.XTC);
        this.estimator = estimator;
    }

    /** Makes a quantizer whose ranges are XTC's moving average, momentum 0.95. */
    public StaticActivationQuantizer(int bits, boolean symmetric) {
        this(bits, symmetric, new RunningMinMax(RunningMinMax.XTC_MOMENTUM));
    }

    @Override
    public GridFamily family() {
        return family;
    }

    /** The estimated range, for saving and export. */
    public Range range() {
        return estimator.range();
    }

    /** @throws IllegalStateException in evaluation before any batch was seen in training */
    @Override
    public NDArray fakeQuantize(NDArray input, boolean training) {
        if (training) {
            estimator.observe(input);
        }
        return fakeQuantize(input, family, range());
    }

    @Override
    public NDArray reach(NDArray input) {
        return Groups.apply(
                input,
                input.size(),
                values -> UniformQuantization.reach(values, family.grid(range()), family.symmetric()));
    }

    /** Quantizes with a given range: float32 of any shape, the result on the input's manager. */
    public static NDArray fakeQuantize(NDArray input, GridFamily family, Range range) {
        return Groups.apply(
                input,
                input.size(),
                values -> UniformQuantization.fakeQuantize(values, family.grid(range), family.symmetric()));
    }
}
