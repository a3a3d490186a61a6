package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.MinMaxSearch;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeSearch;
import io.bantam.compression.range.UniformGrid;
import io.bantam.runtime.format.Scheme;
import java.util.stream.IntStream;

/**
 * Uniform quantization of groups, shared by the symmetric and the asymmetric quantizer and by activations.
 *
 * <p>A tensor is {@code [groups, group size]}. The same float32 operations in the same order as {@link UniformGrid}.
 */
final class UniformQuantization {
    private UniformQuantization() {}

    /** Scale and value of code 0, both {@code [groups, 1]}; zero is null for a symmetric grid. */
    private record Grids(NDArray scale, NDArray zero, int lowestCode, int highestCode) {

        NDArray steps(NDArray groups) {
            return (zero == null ? groups : groups.sub(zero)).div(nonZero(scale));
        }

        NDArray fakeQuantize(NDArray groups) {
            NDArray values = steps(groups).round().clip(lowestCode, highestCode).mul(scale);
            return zero == null ? values : values.add(zero);
        }

        NDArray reach(NDArray groups) {
            NDArray steps = steps(groups);
            NDArray within = steps.gte(lowestCode - 0.5f).logicalAnd(steps.lte(highestCode + 0.5f));
            return Groups.asFloat(within.logicalOr(scale.eq(0)));
        }
    }

    /** Scales to divide by: 1 where a scale is 0, so that such a group gives 0 instead of NaN. */
    private static NDArray nonZero(NDArray scale) {
        return scale.add(Groups.asFloat(scale.eq(0)));
    }

    static NDArray fakeQuantize(NDArray groups, GridFamily family, RangeSearch search) {
        return grids(groups, family, search).fakeQuantize(groups);
    }

    static NDArray reach(NDArray groups, GridFamily family, RangeSearch search) {
        return grids(groups, family, search).reach(groups);
    }

    static NDArray fakeQuantize(NDArray values, UniformGrid grid, boolean symmetric) {
        return fixed(values.getManager(), grid, symmetric).fakeQuantize(values);
    }

    static NDArray reach(NDArray values, UniformGrid grid, boolean symmetric) {
        return fixed(values.getManager(), grid, symmetric).reach(values);
    }

    private static Grids fixed(NDManager manager, UniformGrid grid, boolean symmetric) {
        NDArray zero = symmetric ? null : manager.create(grid.zero());
        return new Grids(manager.create(grid.scale()), zero, grid.lowestCode(), grid.highestCode());
    }

    private static Grids grids(NDArray groups, GridFamily family, RangeSearch search) {
        if (search instanceof MinMaxSearch && family.rule() == GridRule.XTC) {
            return family.symmetric() ? xtcSymmetric(groups, family) : xtcAsymmetric(groups, family);
        }
        return searched(groups, family, search);
    }

    private static Grids xtcSymmetric(NDArray groups, GridFamily family) {
        NDArray scale = Groups.max(groups.abs()).div(1 << (family.bits() - 1));
        return new Grids(scale, null, family.lowestCode(), family.highestCode());
    }

    private static Grids xtcAsymmetric(NDArray groups, GridFamily family) {
        NDArray minimum = Groups.min(groups);
        NDArray scale = Groups.max(groups).sub(minimum).div(1 << family.bits());
        NDArray zero = minimum.div(nonZero(scale)).round().mul(scale);
        return new Grids(scale, zero, family.lowestCode(), family.highestCode());
    }

    /**
     * Ranges found by a search are worked out on plain values: a search is no tensor operation, and is not
     * differentiated.
     */
    private static Grids searched(NDArray groups, GridFamily family, RangeSearch search) {
        int size = (int) groups.getShape().get(1);
        UniformGrid[] grids = grids(groups.toFloatArray(), size, family, search);
        float[] scales = new float[grids.length];
        float[] zeros = new float[grids.length];
        for (int i = 0; i < grids.length; i++) {
            scales[i] = grids[i].scale();
            zeros[i] = grids[i].zero();
        }
        Shape shape = new Shape(grids.length, 1);
        NDManager manager = groups.getManager();
        NDArray zero = family.symmetric() ? null : manager.create(zeros, shape);
        return new Grids(manager.create(scales, shape), zero, family.lowestCode(), family.highestCode());
    }

    private static UniformGrid[] grids(float[] weights, int size, GridFamily family, RangeSearch search) {
        UniformGrid[] grids = new UniformGrid[weights.length / size];
        IntStream.range(0, grids.length)
                .parallel()
                .forEach(group -> grids[group] = grid(weights, group * size, (group + 1) * size, family, search));
        return grids;
    }

    /** The grid of one group, {@code weights[from]} to {@code weights[to - 1]}. */
    static UniformGrid grid(float[] weights, int from, int to, GridFamily family, RangeSearch search) {
        Range range = search.search(weights, from, to, family);
        return family.grid(family.symmetric() ? bothSigns(range) : range);
    }

    /** A stored symmetric code is signed, so a group without negative values gets the signed grid too. */
    private static Range bothSigns(Range range) {
        float magnitude = range.magnitude();
        return new Range(-magnitude, magnitude);
    }

    static QuantizedMatrix quantize(
            float[] weights, int rows, int columns, Granularity granularity, GridFamily family, RangeSearch search) {
        FloatMatrix.checkSize(weights, rows, columns);
        Groups.checkFinite(weights);
        int size = granularity.groupSize(rows, columns);
        UniformGrid[] grids = grids(weights, size, family, search);
        float[] scales = new float[grids.length];
        float[] zeros = new float[family.symmetric() ? 0 : grids.length];
        byte[] codes = new byte[weights.length];
        for (int group = 0; group < grids.length; group++) {
            UniformGrid grid = grids[group];
            scales[group] = grid.scale();
            if (!family.symmetric()) {
                zeros[group] = grid.zero();
            }
            for (int i = group * size; i < (group + 1) * size; i++) {
                codes[i] = (byte) grid.code(weights[i]);
            }
        }
        Scheme scheme = family.symmetric() ? Scheme.SYMMETRIC : Scheme.ASYMMETRIC;
        return new QuantizedMatrix(scheme, family.bits(), rows, columns, size, codes, scales, zeros);
    }
}
