package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.RangeSearch;
import io.bantam.compression.range.UniformGrid;
import io.bantam.runtime.format.Scheme;

/**
 * Equally spaced values around zero: {@code scale * code} with codes from {@code -2^(k-1)} to {@code 2^(k-1) - 1}.
 *
 * <p>{@code code = clamp(roundHalfEven(w / scale), ...)}. With the usual range and rule, {@code scale = max|w| / 2^(k-1)}
 * of the group: XTC, arXiv:2206.01859. So {@code -max|w|} is exact and {@code +max|w|} is clipped by one step.
 *
 * @param bits width k of a code, 2 to 8
 * @param granularity which weights share a scale
 * @param range how the range of a group is chosen
 * @param rule how the grid is laid over the range
 */
public record SymmetricQuantizer(int bits, Granularity granularity, RangeSearch range, GridRule rule)
        implements Quantizer {

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
    public Scheme scheme() {
        return Scheme.SYMMETRIC;
    }

    private GridFamily family() {
        return new GridFamily(bits, true, rule);
    }

    @Override
    public NDArray fakeQuantize(NDArray weight) {
        return Groups.apply(weight, granularity, groups -> UniformQuantization.fakeQuantize(groups, family(), range));
    }

    @Override
    public NDArray reach(NDArray weight) {
        return Groups.apply(weight, granularity, groups -> UniformQuantization.reach(groups, family(), range));
    }

    @Override
    public UniformGrid grid(float[] weights, int from, int to) {
        return UniformQuantization.grid(weights, from, to, family(), range);
    }

    @Override
    public QuantizedMatrix quantize(float[] rowMajor, int rows, int columns) {
        return UniformQuantization.quantize(rowMajor, rows, columns, granularity, family(), range);
    }
}
