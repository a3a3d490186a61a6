package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.MinMaxSearch;
import io.bantam.compression.range.RangeSearch;
import io.bantam.runtime.format.Scheme;
import java.util.Optional;

/** A quantizer on equally spaced values over a range, which a search chooses for each group. */
public sealed interface UniformQuantizer extends Quantizer permits SymmetricQuantizer, AsymmetricQuantizer {

    /** How the range of a group is chosen. */
    RangeSearch range();

    /** How the grid is laid over the range. */
    GridRule rule();

    /** Whether codes are signed and code 0 is the value 0. */
    boolean symmetric();

    /**
     * This quantizer with another width.
     *
     * @throws IllegalArgumentException if it is not 2 to 8
     */
    UniformQuantizer withBits(int bits);

    /** This quantizer with another choice of the range. */
    UniformQuantizer withRange(RangeSearch range);

    /** The grids of this width. */
    default GridFamily family() {
        return new GridFamily(bits(), symmetric(), rule());
    }

    @Override
    default Scheme scheme() {
        return symmetric() ? Scheme.SYMMETRIC : Scheme.ASYMMETRIC;
    }

    @Override
    default NDArray fakeQuantize(NDArray weight) {
        return Groups.apply(
                weight, granularity(), groups -> UniformQuantization.fakeQuantize(groups, family(), range()));
    }

    @Override
    default NDArray reach(NDArray weight) {
        return Groups.apply(weight, granularity(), groups -> UniformQuantization.reach(groups, family(), range()));
    }

    @Override
    default Optional<FusedForm> fusedForm() {
        boolean fused = range() instanceof MinMaxSearch && rule() == GridRule.XTC;
        return fused ? Optional.of(symmetric() ? FusedForm.SYMMETRIC : FusedForm.ASYMMETRIC) : Optional.empty();
    }

    @Override
    default Optional<GroupGrids> grids() {
        return Optional.of((weights, from, to) -> UniformQuantization.grid(weights, from, to, family(), range()));
    }

    @Override
    default Optional<UniformQuantizer> uniform() {
        return Optional.of(this);
    }

    @Override
    default QuantizedMatrix quantize(float[] rowMajor, int rows, int columns) {
        return UniformQuantization.quantize(rowMajor, rows, columns, granularity(), family(), range());
    }
}
