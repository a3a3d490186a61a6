package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeSearch;
import io.bantam.compression.range.UniformGrid;

/**
 * A grid for each token, or for each group of its features, from the smallest and largest of the values, in training
 * and evaluation alike.
 *
 * <p>A token is a run along the last dimension, which groups divide. Symmetric: {@code scale = max|x| / 2^(k-1)}.
 * Asymmetric:
 * {@code scale = (max - min) / 2^k}. Zeros alone stay zeros.
 *
 * @param bits 4 or 8
 * @param symmetric whether code 0 is the value 0
 * @param group neighbouring features that share a grid; 0 for all of a token
 */
public record DynamicActivationQuantizer(int bits, boolean symmetric, int group) implements ActivationQuantizer {

    public DynamicActivationQuantizer {
        ActivationQuantizer.checkBits(bits);
        if (group < 0) {
            throw new IllegalArgumentException("a group has no " + group + " features");
        }
    }

    /** One grid a token. */
    public DynamicActivationQuantizer(int bits, boolean symmetric) {
        this(bits, symmetric, 0);
    }

    private long groupSize(NDArray input) {
        return group == 0 ? input.getShape().get(input.getShape().dimension() - 1) : group;
    }

    @Override
    public GridFamily family() {
        return new GridFamily(bits, symmetric, GridRule.XTC);
    }

    @Override
    public NDArray fakeQuantize(NDArray input, boolean training) {
        return Groups.apply(
                input,
                groupSize(input),
                groups -> UniformQuantization.fakeQuantize(groups, family(), RangeSearch.MIN_MAX));
    }

    @Override
    public NDArray reach(NDArray input) {
        return Groups.apply(
                input, groupSize(input), groups -> UniformQuantization.reach(groups, family(), RangeSearch.MIN_MAX));
    }

    /** Quantizes plain values: {@code tokens * hidden} values, row-major. */
    public float[] fakeQuantize(float[] values, int hidden) {
        float[] result = new float[values.length];
        int size = group == 0 ? hidden : group;
        for (int from = 0; from < values.length; from += size) {
            UniformGrid grid = family().grid(Range.of(values, from, from + size));
            for (int i = from; i < from + size; i++) {
                result[i] = grid.fakeQuantize(values[i]);
            }
        }
        return result;
    }
}
