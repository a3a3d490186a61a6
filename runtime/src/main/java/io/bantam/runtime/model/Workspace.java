package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The scratch memory of one running forward pass, reused from call to call so that nothing is allocated per token. Features of a
 * token lie side by side: {@code [tokens, features]}.
 */
final class Workspace {
    /** Tokens of a prompt worked on together: each weight is unpacked once for all of them. */
    static final int MAXIMUM_TOKENS = 256;

    final TiledProduct tiledProduct;
    final PanelProduct panelProduct;
    final float[] hidden;
    final float[] attended;
    final float[] qkv;
    final float[] inner;
    /** One token's features. */
    final float[] vector;
    /** One row of codes as bytes. */
    final MemorySegment codeBytes;
    /** Logits of some tokens; made when first asked for. */
    float[] manyLogits;

    Workspace(DecoderConfig config, Kernels kernels, WorkerPool pool, List<PackedLinear> linears) {
        int widest = kernels.panelWidths()[0];
        int tokens = Math.min(MAXIMUM_TOKENS, Math.ceilDiv(config.positions(), widest) * widest);
        tiledProduct = new TiledProduct(kernels, pool, linears, tokens);
        panelProduct = new PanelProduct(kernels, pool, linears, tokens + widest);
        hidden = new float[tokens * config.width()];
        attended = new float[tokens * config.attentionWidth()];
        qkv = new float[tokens * config.queryKeyValueWidth()];
        inner = new float[tokens * config.feedForwardWidth()];
        vector = new float[config.width()];
        codeBytes = WeightMatrix.scratch(config.width());
    }
}
