package io.bantam.compression.quantizer;

import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.RangeSearch;

/**
 * Equally spaced values over the range of the group: {@code scale * code + zero} with codes from 0 to {@code 2^k - 1}.
 *
 * <p>{@code code = clamp(roundHalfEven((w - zero) / scale), ...)}. With the usual range and rule,
 * {@code scale = (max - min) / 2^k} and {@code zero = roundHalfEven(min / scale) * scale}: XTC, arXiv:2206.01859. A
 * constant group, where the reference divides 0 by 0, has scale 0 and zero 0, so it becomes zeros;
 * {@link GridRule#UNIFORM}, whose ranges hold 0, keeps its value.
 *
 * @param bits width k of a code, 2 to 8
 * @param granularity which weights share a scale
 * @param range how the range of a group is chosen
 * @param rule how the grid is laid over the range
 */
public record AsymmetricQuantizer(int bits, Granularity granularity, RangeSearch range, GridRule rule)
        implements UniformQuantizer {

    public AsymmetricQuantizer {
        new GridFamily(bits, false, rule); // Refuses widths that do not exist.
    }

    /** XTC's rule. */
    public AsymmetricQuantizer(int bits, Granularity granularity, RangeSearch range) {
        this(bits, granularity, range, GridRule.XTC);
    }

    /** XTC's rule and the range from the smallest to the largest weight. */
    public AsymmetricQuantizer(int bits, Granularity granularity) {
        this(bits, granularity, RangeSearch.MIN_MAX);
    }

    @Override
    public boolean symmetric() {
        return false;
    }

    @Override
    public AsymmetricQuantizer withBits(int other) {
        return new AsymmetricQuantizer(other, granularity, range, rule);
    }

    @Override
    public AsymmetricQuantizer withRange(RangeSearch other) {
        return new AsymmetricQuantizer(bits, granularity, other, rule);
    }
}
