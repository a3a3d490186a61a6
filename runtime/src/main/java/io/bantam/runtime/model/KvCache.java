package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;

/**
 * The keys and values, in float32, of the tokens a decoder has seen; one per sequence, used by one thread at a time.
 *
 * <p>Per layer: keys as {@code [head, block of positions, feature, position within the block]}, values as {@code [head, position,
 * feature]}, so that both products of attention read panels. Positions are filled up to whole blocks, features of values to whole
 * registers; what fills up is 0.
 */
public final class KvCache {
    private final DecoderConfig config;
    private final int capacity;
    private final int keyBlock;
    private final int valueWidth;
    /** Positions with those that fill the last block. */
    private final int room;

    private final float[][] keys;
    private final float[][] values;
    private int length;

    KvCache(DecoderConfig config, int capacity, Kernels kernels) {
        if (capacity < 1 || capacity > config.positions()) {
            throw new IllegalArgumentException("a cache of " + capacity + " tokens: expected 1 to " + config.positions()
                    + ", the model's positions");
        }
        this.config = config;
        this.capacity = capacity;
        keyBlock = kernels.panelWidths()[0];
        valueWidth = valueWidth(config, kernels);
        room = padded(capacity, keyBlock);
        keys = new float[config.layers()][Math.multiplyExact(room, config.width())];
        values = new float[config.layers()][Math.multiplyExact(capacity, config.heads() * valueWidth)];
    }

    static int padded(int count, int multiple) {
        return Math.ceilDiv(count, multiple) * multiple;
    }

    /** Features of a head's values, with those that fill the last register. */
    static int valueWidth(DecoderConfig config, Kernels kernels) {
        int[] widths = kernels.panelWidths();
        return padded(config.headWidth(), widths[widths.length - 1]);
    }

    /** Tokens held. */
    public int length() {
        return length;
    }

    /** Tokens that fit. */
    public int capacity() {
        return capacity;
    }

    /** Bytes of memory held, whatever the length. */
    public long memoryBytes() {
        return (long) Float.BYTES * config.layers() * (keys[0].length + values[0].length);
    }

    /**
     * Forgets all but the first tokens.
     *
     * @throws IllegalArgumentException if there are fewer
     */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot cut a cache of " + length + " tokens to " + newLength);
        }
        length = newLength;
    }

    /** Takes over the tokens of another cache of the same model and kernels, which must fit. */
    public void copyFrom(KvCache other) {
        if (!config.equals(other.config) || keyBlock != other.keyBlock || other.length > capacity) {
            throw new IllegalArgumentException("cannot copy " + other.length + " tokens into a cache of " + capacity);
        }
        int blocks = padded(other.length, keyBlock) * config.headWidth();
        for (int layer = 0; layer < keys.length; layer++) {
            for (int head = 0; head < config.heads(); head++) {
                System.arraycopy(other.keys[layer], other.keyOffset(head, 0), keys[layer], keyOffset(head, 0), blocks);
                System.arraycopy(
                        other.values[layer],
                        other.valueOffset(head, 0),
                        values[layer],
                        valueOffset(head, 0),
                        other.length * valueWidth);
            }
        }
        length = other.length;
    }

    DecoderConfig config() {
        return config;
    }

    /** Positions of a block of keys. */
    int keyBlock() {
        return keyBlock;
    }

    /** Features of a head's values at one position. */
    int valueWidth() {
        return valueWidth;
    }

    float[] keys(int layer) {
        return keys[layer];
    }

    float[] values(int layer) {
        return values[layer];
    }

    /** Where the first feature of a head's key at a position is. */
    int keyOffset(int head, int position) {
        int inBlock = position % keyBlock;
        return (head * room + position - inBlock) * config.headWidth() + inBlock;
    }

    /** Where the first feature of a head's value at a position is. */
    int valueOffset(int head, int position) {
        return (head * capacity + position) * valueWidth;
    }

    /** Stores a head's keys and values of some tokens from {@code qkv}, [tokens, 3 * width], behind the tokens held so far. */
    void store(int layer, int head, int tokens, float[] qkv) {
        int width = config.width();
        int headWidth = config.headWidth();
        for (int t = 0; t < tokens; t++) {
            int from = (3 * t + 1) * width + head * headWidth;
            int to = keyOffset(head, length + t);
            for (int d = 0; d < headWidth; d++) {
                keys[layer][to + d * keyBlock] = qkv[from + d];
            }
            System.arraycopy(qkv, from + width, values[layer], valueOffset(head, length + t), headWidth);
        }
    }

    void advance(int tokens) {
        length += tokens;
    }
}
