package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The scratch memory of one running forward pass, reused from call to call so that nothing is allocated per token.
 * Features of a token lie side by side: {@code [tokens, features]}.
 */
final class Workspace {
    /** Tokens of a prompt worked on together: each weight is unpacked once for all of them. */
    static final int MAXIMUM_TOKENS = 64;

    final TiledProduct tiledProduct;
    final UnpackedProduct unpackedProduct;
    final PanelProduct panelProduct;
    final float[] hidden;
    /**
     * Queries, keys and values, then what attention gives. The same memory as {@link #inner}, unless attention and
     * feed-forward part are computed side by side.
     */
    final float[] qkv;

    final float[] inner;
    /** Tokens that there is room for. */
    final int tokens;

    /** Scales and zeros of the residual stream's sums, one of each per token. */
    final ActivationCodes sumCodes;
    /** One token's features. */
    final float[] vector;
    /** One row of codes as bytes. */
    final MemorySegment codeBytes;
    /** Logits of some tokens; made when first asked for. */
    float[] manyLogits;
    /** Finds the most probable token; made when first asked for. */
    LargestOutput largest;

    /**
     * Makes room.
     *
     * @param atLeast tokens that must fit, up to {@link #MAXIMUM_TOKENS}
     */
    Workspace(DecoderConfig config, Kernels kernels, WorkerPool pool, List<PackedLinear> linears, int atLeast) {
        int widest = kernels.panelWidths()[0];
        // Powers of two, so that room is not made anew for every prompt that is a little longer.
        int wanted = 2 * Integer.highestOneBit(Math.max(widest, atLeast) - 1);
        tokens = Math.min(Math.min(MAXIMUM_TOKENS, wanted), Math.ceilDiv(config.positions(), widest) * widest);
        tiledProduct = new TiledProduct(kernels, pool, linears, tokens);
        unpackedProduct = new UnpackedProduct(kernels, pool, linears, tokens, config.width());
        panelProduct = new PanelProduct(kernels, pool, linears, tokens + widest);
        hidden = new float[tokens * config.width()];
        boolean apart = config.architecture().parallel();
        int widestOfBoth = Math.max(config.queryKeyValueWidth(), config.feedForwardWidth());
        qkv = new float[tokens * (apart ? config.queryKeyValueWidth() : widestOfBoth)];
        inner = apart ? new float[tokens * config.feedForwardWidth()] : qkv;
        sumCodes = new ActivationCodes(kernels, tokens);
        vector = new float[config.width()];
        codeBytes = WeightMatrix.scratch(config.width());
    }
}
