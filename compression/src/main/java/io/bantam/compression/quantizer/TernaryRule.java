package io.bantam.compression.quantizer;

/** Where a ternary quantizer puts its threshold and its scale. */
public enum TernaryRule {
    /**
     * XTC, arXiv:2206.01859, after Ternary Weight Networks, arXiv:1605.04711: kept are weights with
     * {@code |w| > 0.7 * mean|w|}; the scale is the mean of |w| of the kept ones.
     */
    XTC,
    /**
     * BitNet b1.58, arXiv:2402.17764: {@code scale = max(mean|w|, 1e-5)},
     * {@code code = clamp(roundHalfEven(w / scale), -1, 1)}.
     */
    BITNET
}
