package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeSearch;
import io.bantam.compression.range.UniformGrid;

/**
 * A grid for each token, from the smallest and largest of its values, in training and evaluation alike.
 *
 * <p>A token is a run along the last dimension. Symmetric: {@code scale = max|x| / 2^(k-1)}. Asymmetric:
 * {@code scale = (max - min) / 2^k}. A token of zeros stays zeros.
 *
 * @param bits 4 or 8
 * @param symmetric whether code 0 is the value 0
 */
public record DynamicActivationQuantizer(int bits, boolean symmetric) implements ActivationQuantizer {

    public DynamicActivationQuantizer {
        ActivationQuantizer.checkBits(bits);
    }

    @Override
    public GridFamily family() {
        return new GridFamily(bits, symmetric, GridRule.XTC);
    }

    @Override
    public NDArray fakeQuantize(NDArray input, boolean training) {
        return Groups.apply(
                input,
                input.getShape().get(input.getShape().dimension() - 1),
                tokens -> UniformQuantization.fakeQuantize(tokens, family(), RangeSearch.MIN_MAX));
    }

    @Override
    public NDArray reach(NDArray input) {
        return Groups.apply(
                input,
                input.getShape().get(input.getShape().dimension() - 1),
                tokens -> UniformQuantization.reach(tokens, family(), RangeSearch.MIN_MAX));
    }

    /** The same on plain values: {@code tokens * hidden} values, row-major. */
    public float[] fakeQuantize(float[] values, int hidden) {
        float[] result = new float[values.length];
        for (int from = 0; from < values.length; from += hidden) {
            UniformGrid grid = family().grid(Range.of(values, from, from + hidden));
            for (int i = from; i < from + hidden; i++) {
                result[i] = grid.fakeQuantize(values[i]);
            }
        }
        return result;
    }
}
