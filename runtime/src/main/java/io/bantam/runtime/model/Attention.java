package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.PanelOperands;
import java.util.Arrays;

/**
 * Causal attention of a block of tokens over a cache: one task per head and some tokens, for whom a key or value is
 * read once. Both products are of rows with panels: queries with keys of neighbouring positions side by side,
 * probabilities with values whose features lie side by side.
 */
final class Attention {
    /** Tokens of a task. */
    private static final int ROWS = 32;
    /** Positions whose values are unpacked at a time. */
    private static final int VALUES = 128;

    /**
     * The memory of one thread.
     *
     * @param scores scores and then probabilities, {@code [ROWS, scoreStride]}
     * @param results what attention gives, {@code [ROWS, valueWidth]}
     * @param operands of both products
     */
    private record Scratch(float[] scores, float[] results, PanelOperands operands) {}

    private final Kernels kernels;
    private final WorkerPool pool;
    private final float scale;
    private final int heads;
    private final int headWidth;
    /** Heads of keys and values, each for {@code sharing} heads of queries. */
    private final int keyValueHeads;

    private final int sharing;
    /** From one token's queries to the next one's. */
    private final int stride;

    private final int width;
    private final WorkerPool.Task storeTask = this::store;
    private final WorkerPool.Task attendTask = this::attend;
    private final Scratch[] scratch;
    private final int scoreStride;
    private final int[] panelWidths;
    /** Per worker: keys of a block, or values of some positions; made for a cache that is not in float32. */
    private final float[][] unpacked;

    private final int unpackedElements;

    private KvCache cache;
    private int layer;
    private int tokens;
    private int from;
    private float[] qkv;

    Attention(Kernels kernels, DecoderConfig config, WorkerPool pool) {
        this.kernels = kernels;
        this.pool = pool;
        heads = config.heads();
        headWidth = config.headWidth();
        keyValueHeads = config.keyValueHeads();
        sharing = heads / keyValueHeads;
        stride = config.queryKeyValueWidth();
        width = config.attentionWidth();
        this.scale = (float) (1 / Math.sqrt(headWidth));
        int rows = Math.min(ROWS, config.positions());
        panelWidths = kernels.panelWidths();
        scoreStride = KvCache.padded(config.positions(), panelWidths[0]);
        int valueWidth = KvCache.valueWidth(config, kernels);
        scratch = new Scratch[pool.threads()];
        Arrays.setAll(
                scratch,
                worker ->
                        new Scratch(new float[rows * scoreStride], new float[rows * valueWidth], new PanelOperands()));
        unpacked = new float[pool.threads()][];
        unpackedElements = Math.max(VALUES * valueWidth, panelWidths[0] * headWidth);
    }

    /**
     * Stores the tokens' keys and values behind those in the cache, and attends.
     *
     * @param from the first token that attends, {@code tokens} for none
     * @param qkv queries, keys and values of all heads, a token after the other; results are written over them, {@code
     *     [tokens - from, heads * headWidth]} from the beginning
     */
    void apply(KvCache cache, int layer, int tokens, int from, float[] qkv) {
        this.cache = cache;
        for (int i = 0; i < unpacked.length && cache.precision() != CachePrecision.FLOAT32; i++) {
            unpacked[i] = unpacked[i] == null ? new float[unpackedElements] : unpacked[i];
        }
        this.layer = layer;
        this.tokens = tokens;
        this.from = from;
        this.qkv = qkv;
        if (!storesOwn()) {
            pool.run(keyValueHeads, storeTask);
        }
        pool.run(Math.ceilDiv(tokens - from, ROWS) * heads, attendTask);
        for (int t = from; t < tokens; t++) {
            System.arraycopy(qkv, t * stride, qkv, (t - from) * width, width);
        }
        // What is kept for the next call must not keep this one's context in memory.
        this.cache = null;
        for (Scratch its : scratch) {
            its.operands.clear();
        }
    }

    /** Whether one task of a head reads all its keys, and no other one does: then it stores them too. */
    private boolean storesOwn() {
        return from < tokens && tokens <= ROWS && sharing == 1;
    }

    private void store(int head, int worker) {
        cache.store(layer, head, tokens, qkv);
    }

    private void attend(int index, int worker) {
        int head = index % heads;
        int start = from + index / heads * ROWS;
        if (storesOwn()) {
            cache.store(layer, head, tokens, qkv);
        }
        int rows = Math.min(ROWS, tokens - start);
        int position = cache.length() + start;
        int count = position + rows;
        float[] weights = scratch[worker].scores;
        score(head, start, rows, count, worker);
        for (int r = 0; r < rows; r++) {
            int seen = position + r + 1;
            kernels.softmax(weights, r * scoreStride, seen, scale);
            Arrays.fill(weights, r * scoreStride + seen, r * scoreStride + count, 0f);
        }
        float[] result = scratch[worker].results;
        mix(head / sharing, rows, count, worker);
        // In place of the queries, which nobody else reads.
        int to = start * stride + head * headWidth;
        for (int r = 0; r < rows; r++) {
            System.arraycopy(result, r * cache.valueWidth(), qkv, to + r * stride, headWidth);
        }
    }

    private void score(int head, int start, int rows, int count, int worker) {
        int block = cache.keyBlock();
        PanelOperands its = scratch[worker].operands.rows(qkv, start * stride + head * headWidth, stride);
        for (int first = 0; first < count; first += block) {
            float[] keys = cache.keys(layer, head / sharing, first, unpacked[worker]);
            its.panel(keys, cache.keyStart(layer, head / sharing, first), block)
                    .sums(scratch[worker].scores, first, scoreStride);
            kernels.panelProduct(its, rows, headWidth, block, false);
        }
    }

    private void mix(int head, int rows, int count, int worker) {
        // Whole runs where nothing is unpacked: each run is a round trip of the result through memory.
        int step = cache.precision() == CachePrecision.FLOAT32 ? count : VALUES;
        for (int first = 0; first < count; first += step) {
            int here = Math.min(step, count - first);
            float[] values = cache.values(layer, head, first, here, unpacked[worker]);
            mix(first, here, rows, values, cache.valueStart(layer, head, first), worker);
        }
    }

    /** Adds the values of some positions, the first ones or further ones. */
    private void mix(int first, int count, int rows, float[] values, int start, int worker) {
        int valueWidth = cache.valueWidth();
        PanelOperands its = scratch[worker].operands.rows(scratch[worker].scores, first, scoreStride);
        int done = 0;
        for (int width : panelWidths) {
            for (; done + width <= valueWidth; done += width) {
                its.panel(values, start + done, valueWidth).sums(scratch[worker].results, done, valueWidth);
                kernels.panelProduct(its, rows, count, width, first > 0);
            }
        }
    }
}
