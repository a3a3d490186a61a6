package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.kernel.ByteWeights;
import io.bantam.runtime.kernel.FloatWeights;
import io.bantam.runtime.kernel.RowNorms;
import io.bantam.runtime.kernel.RowWeights;
import io.bantam.runtime.kernel.StreamedWeights;

/**
 * A linear whose weights are kept row by row, as floats, bytes or a packed stream, and are multiplied in float32 by
 * {@link PanelProduct}.
 *
 * <p>Where weights and inputs are codes, so are the operands: products of whole numbers. Inputs with a scale for each
 * group of features are multiplied as the values on their grids.
 */
final class PanelLinear extends PackedLinear {
    private final RowWeights weights;
    private final boolean multipliesCodes;
    private final boolean scalesFirst;

    PanelLinear(RowWeights weights, float[] bias, ActivationQuantization activations, Range range) {
        super(bias, activations, range);
        this.weights = weights;
        multipliesCodes = quantized() && hasOneScale();
        scalesFirst = switch (weights) {
            case FloatWeights floats -> true;
            case ByteWeights bytes -> false;
            case StreamedWeights streamed -> !multipliesCodes;
        };
    }

    @Override
    RowWeights weights() {
        return weights;
    }

    /** Whether weights are codes, not plain floats. */
    boolean quantized() {
        return !(weights instanceof FloatWeights);
    }

    /** Whether products are of whole numbers. */
    boolean multipliesCodes() {
        return multipliesCodes;
    }

    /**
     * Whether a single token meets weights, not codes whose sums are given scales: they are plain, or are unpacked
     * anyway.
     */
    boolean scalesFirst() {
        return scalesFirst;
    }

    @Override
    void apply(Workspace workspace, int tokens, float[] in, Norm norm, Target target, float[] out) {
        workspace.panelProduct.run(this, tokens, in, norm, target, out);
    }

    @Override
    boolean estimates() {
        return !activations().enabled() && weights instanceof ByteWeights bytes && bytes.estimable();
    }

    @Override
    RowNorms rowNorms() {
        return estimable().rowNorms();
    }

    @Override
    int chunkRows() {
        return PanelProduct.CHUNK_ROWS;
    }

    @Override
    float estimate(Workspace workspace, float[] in, Norm norm, float[] out) {
        return workspace.panelProduct.estimate(this, estimable(), in, norm, out);
    }

    private ByteWeights estimable() {
        return (ByteWeights) weights;
    }

    @Override
    void applyTo(Workspace workspace, float[] in, Norm norm, int[] chunks, int count, float[] out) {
        workspace.panelProduct.run(this, in, norm, chunks, count, out);
    }
}
