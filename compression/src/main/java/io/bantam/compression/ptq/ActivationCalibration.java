package io.bantam.compression.ptq;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeEstimator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Collects the ranges of the inputs of linear layers while the caller runs a float model over calibration batches.
 * Batches are not kept. Not thread-safe.
 */
public final class ActivationCalibration {
    private final Function<String, ? extends RangeEstimator> estimators;
    private final Map<String, RangeEstimator> byLinear = new LinkedHashMap<>();

    /**
     * @param estimators makes the estimator of one linear layer, such as {@code AllMinMax::new} or
     *     {@code () -> new MseRange(family)}
     */
    public ActivationCalibration(Supplier<? extends RangeEstimator> estimators) {
        this(name -> estimators.get());
    }

    /** @param estimators makes the estimator of an activation by its name */
    public ActivationCalibration(Function<String, ? extends RangeEstimator> estimators) {
        this.estimators = estimators;
    }

    /**
     * Takes in one batch of a linear layer's input.
     *
     * @param linear the layer's name, such as {@code h.0.attn.c_attn}
     * @param input float32, any shape; not closed
     * @throws IllegalArgumentException naming the layer, if a value is NaN or infinite
     */
    public void observe(String linear, NDArray input) {
        try {
            estimator(linear).observe(input);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("input of " + linear + ": " + e.getMessage(), e);
        }
    }

    /** Observes a layer's input given as plain values; see {@link #observe(String, NDArray)}. */
    public void observe(String linear, float[] input) {
        try {
            estimator(linear).observe(input);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("input of " + linear + ": " + e.getMessage(), e);
        }
    }

    private RangeEstimator estimator(String linear) {
        return byLinear.computeIfAbsent(linear, estimators);
    }

    /**
     * The estimated range of each layer that was observed, in the order of first observation.
     *
     * @throws IllegalStateException if none was
     */
    public Map<String, Range> ranges() {
        if (byLinear.isEmpty()) {
            throw new IllegalStateException("no activations were observed; run at least one calibration batch");
        }
        Map<String, Range> ranges = new LinkedHashMap<>();
        byLinear.forEach((linear, estimator) -> ranges.put(linear, estimator.range()));
        return ranges;
    }
}
