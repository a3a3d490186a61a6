package io.bantam.compression.quantizer;

import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.RangeSearch;

/**
 * Equally spaced values around zero: {@code scale * code} with codes from {@code -2^(k-1)} to {@code 2^(k-1) - 1}.
 *
 * <p>{@code code = clamp(roundHalfEven(w / scale), ...)}. With the usual range and rule,
 * {@code scale = max|w| / 2^(k-1)} of the group: XTC, arXiv:2206.01859. So {@code -max|w|} is exact and {@code +max|w|}
 * is clipped by one step.
 *
 * @param bits width k of a code, 2 to 8
 * @param granularity which weights share a scale
 * @param range how the range of a group is chosen
 * @param rule how the grid is laid over the range
 */
public record SymmetricQuantizer(int bits, Granularity granularity, RangeSearch range, GridRule rule)
        implements UniformQuantizer {

    public SymmetricQuantizer {
        new GridFamily(bits, true, rule); // Refuses widths that do not exist.
    }

    /** XTC's rule. */
    public SymmetricQuantizer(int bits, Granularity granularity, RangeSearch range) {
        this(bits, granularity, range, GridRule.XTC);
    }

    /** XTC's rule and the range from the smallest to the largest weight. */
    public SymmetricQuantizer(int bits, Granularity granularity) {
        this(bits, granularity, RangeSearch.MIN_MAX);
    }

    @Override
    public boolean symmetric() {
        return true;
    }

    @Override
    public SymmetricQuantizer withBits(int other) {
        return new SymmetricQuantizer(other, granularity, range, rule);
    }

    @Override
    public SymmetricQuantizer withRange(RangeSearch other) {
        return new SymmetricQuantizer(bits, granularity, other, rule);
    }
}
