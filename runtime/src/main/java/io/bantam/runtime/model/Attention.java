package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import java.util.Arrays;

/** Causal attention of a block of tokens over a cache: one task per panel and head. */
final class Attention implements WorkerPool.Task {
    private final Kernels kernels;
    private final DecoderConfig config;
    private final Workspace workspace;
    private final float scale;
    private KvCache cache;
    private int layer;

    Attention(Kernels kernels, DecoderConfig config, Workspace workspace) {
        this.kernels = kernels;
        this.config = config;
        this.workspace = workspace;
        this.scale = (float) (1 / Math.sqrt(config.headWidth()));
    }

    /** Reads the queries of {@code workspace.qkv}, whose keys and values are stored already, and writes {@code normed}. */
    void apply(WorkerPool pool, KvCache cache, int layer) {
        this.cache = cache;
        this.layer = layer;
        pool.run(workspace.block.panels() * config.heads(), this);
    }

    @Override
    public void run(int index, int worker) {
        int panel = index / config.heads();
        int head = index % config.heads();
        TokenBlock block = workspace.block;
        int headWidth = config.headWidth();
        int width = block.width(panel);
        int start = block.start(panel);
        int position = cache.length() + start;
        int count = position + block.used(panel);
        int query = start * 3 * config.width() + head * headWidth * width;
        int out = start * config.width() + head * headWidth * width;
        int cached = head * cache.capacity() * headWidth;
        float[] keys = cache.keys(layer);
        float[] values = cache.values(layer);
        float[] scores = workspace.scores[worker];
        if (width == 1) {
            kernels.dots(keys, cached, headWidth, count, headWidth, workspace.qkv, query, scores, 0);
            kernels.softmax(scores, count, 1, scale);
            kernels.dots(values, cached, cache.capacity(), headWidth, count, scores, 0, workspace.normed, out);
            return;
        }
        kernels.panelProduct(keys, cached, headWidth, count, headWidth, workspace.qkv, query, width, scores, 0, false);
        for (int j = position + 1; j < count; j++) {
            int hidden = Math.min(width, j - position);
            Arrays.fill(scores, j * width, j * width + hidden, Float.NEGATIVE_INFINITY);
        }
        kernels.softmax(scores, count, width, scale);
        kernels.panelProduct(
                values, cached, cache.capacity(), headWidth, count, scores, 0, width, workspace.normed, out, false);
    }
}
