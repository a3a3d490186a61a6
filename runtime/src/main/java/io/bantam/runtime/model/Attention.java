package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import java.util.Arrays;

/**
 * Causal attention of a block of tokens over a cache: one task per head and panel, whose tokens lie side by side so that a key or
 * value is read once for all of them.
 */
final class Attention implements WorkerPool.Task {
    private final Kernels kernels;
    private final DecoderConfig config;
    private final WorkerPool pool;
    private final TokenBlock block;
    private final float scale;
    /** Per worker: scores {@code [positions, width]}. */
    private final float[][] scores;
    /** Per worker: queries of a panel, {@code [feature, width]}; then what attention gives for them. */
    private final float[][] panels;

    private KvCache cache;
    private int layer;
    private float[] qkv;
    private float[] out;

    Attention(Kernels kernels, DecoderConfig config, WorkerPool pool) {
        this.kernels = kernels;
        this.config = config;
        this.pool = pool;
        this.scale = (float) (1 / Math.sqrt(config.headWidth()));
        int widest = kernels.panelWidths()[0];
        block = new TokenBlock(kernels.panelWidths(), Workspace.MAXIMUM_TOKENS + widest);
        scores = new float[pool.threads()][config.positions() * widest];
        panels = new float[pool.threads()][config.headWidth() * widest];
    }

    /**
     * Attends.
     *
     * @param qkv {@code [tokens, 3 * width]}; its keys and values are in the cache already
     * @param out {@code [tokens, width]}
     */
    void apply(KvCache cache, int layer, int tokens, float[] qkv, float[] out) {
        this.cache = cache;
        this.layer = layer;
        this.qkv = qkv;
        this.out = out;
        block.reset(tokens);
        pool.run(block.panels() * config.heads(), this);
    }

    @Override
    public void run(int index, int worker) {
        int panel = index / config.heads();
        int head = index % config.heads();
        int headWidth = config.headWidth();
        int width = block.width(panel);
        int used = block.used(panel);
        int start = block.start(panel);
        int position = cache.length() + start;
        int count = position + used;
        int cached = head * cache.capacity() * headWidth;
        float[] keys = cache.keys(layer);
        float[] values = cache.values(layer);
        float[] weights = scores[worker];
        int outAt = start * config.width() + head * headWidth;
        if (width == 1) {
            kernels.dots(
                    keys,
                    cached,
                    headWidth,
                    count,
                    headWidth,
                    qkv,
                    start * 3 * config.width() + head * headWidth,
                    weights,
                    0);
            kernels.softmax(weights, count, 1, scale);
            kernels.dots(values, cached, cache.capacity(), headWidth, count, weights, 0, out, outAt);
            return;
        }
        float[] panelValues = panels[worker];
        Arrays.fill(panelValues, 0, headWidth * width, 0f);
        for (int t = 0; t < used; t++) {
            int query = (start + t) * 3 * config.width() + head * headWidth;
            for (int d = 0; d < headWidth; d++) {
                panelValues[d * width + t] = qkv[query + d];
            }
        }
        kernels.panelProduct(keys, cached, headWidth, count, headWidth, panelValues, 0, width, weights, 0, false);
        for (int j = position + 1; j < count; j++) {
            int hidden = Math.min(width, j - position);
            Arrays.fill(weights, j * width, j * width + hidden, Float.NEGATIVE_INFINITY);
        }
        kernels.softmax(weights, count, width, scale);
        kernels.panelProduct(
                values, cached, cache.capacity(), headWidth, count, weights, 0, width, panelValues, 0, false);
        for (int t = 0; t < used; t++) {
            for (int d = 0; d < headWidth; d++) {
                out[outAt + t * config.width() + d] = panelValues[d * width + t];
            }
        }
    }
}
