package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Lets gradients pass through a quantizer, whose own gradient is zero almost everywhere.
 *
 * <p>The value is exactly {@code q(x)}; the gradient with respect to x is 1 ({@link #PLAIN}, Bengio et al.,
 * arXiv:1308.3432, as XTC has it), or 1 only where the grid reaches ({@link #CLIPPED}). Scales get no gradient.
 *
 * <p>Computed as {@code stopGradient(q(x)) + mask * (x - stopGradient(x))}. The textbook form
 * {@code x + stopGradient(q(x) - x)} has the same gradient, but rounds the value; here the added difference is exactly
 * zero, so what is trained is what is stored.
 */
public enum StraightThroughEstimator {
    /** Gradient 1 everywhere. */
    PLAIN,
    /** Gradient 1 where x is at most half a step beyond the ends of the grid, else 0: see {@link Quantizer#reach}. */
    CLIPPED;

    /**
     * The weight on its grid, with a straight-through gradient.
     *
     * @param weight float32 {@code [rows, columns]}
     * @return float32 of the same shape, on the weight's manager; the caller closes it
     */
    public NDArray fakeQuantize(NDArray weight, Quantizer quantizer) {
        try (NDManager scope = weight.getManager().newSubManager()) {
            scope.tempAttachAll(weight);
            NDArray fixed = weight.stopGradient();
            NDArray value = quantizer.fakeQuantize(fixed);
            return scope.ret(estimate(weight, fixed, value, this == CLIPPED ? quantizer.reach(fixed) : null));
        }
    }

    /**
     * The activations on their grid, with a straight-through gradient.
     *
     * @param input float32 {@code [..., hidden]}
     * @param training whether ranges may be updated from this batch
     * @return float32 of the same shape, on the input's manager; the caller closes it
     */
    public NDArray fakeQuantize(NDArray input, ActivationQuantizer quantizer, boolean training) {
        try (NDManager scope = input.getManager().newSubManager()) {
            scope.tempAttachAll(input);
            NDArray fixed = input.stopGradient();
            NDArray value = quantizer.fakeQuantize(fixed, training);
            return scope.ret(estimate(input, fixed, value, this == CLIPPED ? quantizer.reach(fixed) : null));
        }
    }

    private static NDArray estimate(NDArray x, NDArray fixed, NDArray value, NDArray mask) {
        NDArray gradientOnly = x.sub(fixed);
        return value.stopGradient().add(mask == null ? gradientOnly : gradientOnly.mul(mask));
    }
}
