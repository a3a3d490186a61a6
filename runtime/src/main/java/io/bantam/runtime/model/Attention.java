package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import java.util.Arrays;

/**
 * Causal attention of a block of tokens over a cache: one task per head and some tokens, for whom a key or value is read once.
 * Both products are of rows with panels: queries with keys of neighbouring positions side by side, probabilities with values
 * whose features lie side by side.
 */
final class Attention {
    /** Tokens of a task. */
    private static final int ROWS = 32;
    /** Positions whose values are unpacked at a time. */
    private static final int VALUES = 128;

    private final Kernels kernels;
    private final DecoderConfig config;
    private final WorkerPool pool;
    private final float scale;
    private final WorkerPool.Task storeTask = this::store;
    private final WorkerPool.Task attendTask = this::attend;
    /** Per worker: scores and then probabilities, {@code [ROWS, scoreStride]}. */
    private final float[][] scores;

    private final int scoreStride;
    private final int[] panelWidths;
    /** Per worker: what attention gives, {@code [ROWS, valueWidth]}. */
    private final float[][] results;

    /** Per worker: keys of a block, or values of some positions, where the cache is not in float32. */
    private final float[][] unpacked;

    private KvCache cache;
    private int layer;
    private int tokens;
    private float[] qkv;
    private float[] out;

    Attention(Kernels kernels, DecoderConfig config, WorkerPool pool) {
        this.kernels = kernels;
        this.config = config;
        this.pool = pool;
        this.scale = (float) (1 / Math.sqrt(config.headWidth()));
        int rows = Math.min(ROWS, config.positions());
        panelWidths = kernels.panelWidths();
        scoreStride = KvCache.padded(config.positions(), panelWidths[0]);
        scores = new float[pool.threads()][rows * scoreStride];
        int valueWidth = KvCache.valueWidth(config, kernels);
        results = new float[pool.threads()][rows * valueWidth];
        unpacked = new float[pool.threads()][Math.max(VALUES * valueWidth, panelWidths[0] * config.headWidth())];
    }

    /**
     * Stores the tokens' keys and values behind those in the cache, and attends.
     *
     * @param qkv {@code [tokens, 3 * width]}
     * @param out {@code [tokens, width]}
     */
    void apply(KvCache cache, int layer, int tokens, float[] qkv, float[] out) {
        this.cache = cache;
        this.layer = layer;
        this.tokens = tokens;
        this.qkv = qkv;
        this.out = out;
        if (tokens > ROWS) {
            pool.run(config.heads(), storeTask);
        }
        pool.run(Math.ceilDiv(tokens, ROWS) * config.heads(), attendTask);
    }

    private void store(int head, int worker) {
        cache.store(layer, head, tokens, qkv);
    }

    private void attend(int index, int worker) {
        int head = index % config.heads();
        int start = index / config.heads() * ROWS;
        if (tokens <= ROWS) {
            cache.store(layer, head, tokens, qkv);
        }
        int rows = Math.min(ROWS, tokens - start);
        int position = cache.length() + start;
        int count = position + rows;
        float[] weights = scores[worker];
        score(head, start, rows, count, weights, unpacked[worker]);
        for (int r = 0; r < rows; r++) {
            int seen = position + r + 1;
            kernels.softmax(weights, r * scoreStride, seen, scale);
            Arrays.fill(weights, r * scoreStride + seen, r * scoreStride + count, 0f);
        }
        float[] result = results[worker];
        mix(head, rows, count, weights, result, unpacked[worker]);
        int to = start * config.width() + head * config.headWidth();
        for (int r = 0; r < rows; r++) {
            System.arraycopy(result, r * cache.valueWidth(), out, to + r * config.width(), config.headWidth());
        }
    }

    private void score(int head, int start, int rows, int count, float[] weights, float[] scratch) {
        int headWidth = config.headWidth();
        int width = cache.keyBlock();
        int queries = start * 3 * config.width() + head * headWidth;
        for (int first = 0; first < count; first += width) {
            float[] keys = cache.keys(layer, head, first, scratch);
            kernels.panelProduct(
                    qkv,
                    queries,
                    3 * config.width(),
                    rows,
                    headWidth,
                    keys,
                    cache.keyStart(layer, head, first),
                    width,
                    width,
                    weights,
                    first,
                    scoreStride,
                    false);
        }
    }

    private void mix(int head, int rows, int count, float[] weights, float[] result, float[] scratch) {
        // Whole runs where nothing is unpacked: each run is a round trip of the result through memory.
        int step = cache.precision() == CachePrecision.FLOAT32 ? count : VALUES;
        for (int first = 0; first < count; first += step) {
            int here = Math.min(step, count - first);
            float[] values = cache.values(layer, head, first, here, scratch);
            mix(first, here, rows, weights, values, cache.valueStart(layer, head, first), result);
        }
    }

    /** Adds the values of some positions, the first ones or further ones. */
    private void mix(int first, int count, int rows, float[] weights, float[] values, int start, float[] result) {
        int valueWidth = cache.valueWidth();
        int done = 0;
        for (int width : panelWidths) {
            for (; done + width <= valueWidth; done += width) {
                kernels.panelProduct(
                        weights,
                        first,
                        scoreStride,
                        rows,
                        count,
                        values,
                        start + done,
                        valueWidth,
                        width,
                        result,
                        done,
                        valueWidth,
                        first > 0);
            }
        }
    }
}
