package io.bantam.compression.range;

/** How a grid of k bits is laid over a range: published conventions that differ in the last step. */
public enum GridRule {

    /**
     * XTC and DeepSpeed-Compression (arXiv:2206.01859; DeepSpeed {@code compression/utils.py}).
     *
     * <p>Symmetric: {@code scale = max|x| / 2^(k-1)}, so the negative extreme is exact and the positive one is clipped
     * by one step. Asymmetric: {@code scale = (max - min) / 2^k}, {@code zero = round(min / scale) * scale}; the range
     * is not extended to hold 0.
     */
    XTC,

    /**
     * The uniform quantizers of Bondarenko et al. (arXiv:2109.12948), used by Storti for code models.
     *
     * <p>Symmetric: {@code scale = max|x| / (2^(k-1) - 1)}, or, when no value is negative, the unsigned grid
     * {@code scale = max / (2^k - 1)}, codes from 0. Asymmetric: the range is extended to hold 0,
     * {@code scale = (max - min) / (2^k - 1)} and the zero point is a whole number of steps.
     */
    UNIFORM,

    /**
     * GPTQ (arXiv:2210.17323; {@code quant.py} of the accompanying code).
     *
     * <p>Symmetric: {@code scale = 2 max|x| / (2^k - 1)}, so both extremes lie half a step beyond the grid's ends.
     * Asymmetric: as {@link #UNIFORM}.
     */
    GPTQ
}
