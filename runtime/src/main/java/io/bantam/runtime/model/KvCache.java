package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;

/**
 * The keys and values of the tokens a decoder has seen, in a {@link CachePrecision}; one per sequence, used by one
 * thread at a time.
 *
 * <p>Per layer: keys as {@code [head, block of positions, feature, position within the block]}, values as {@code [head,
 * position, feature]}, so that both products of attention read panels. Positions are filled up to whole blocks,
 * features of values to whole registers; what fills up is 0.
 */
public final class KvCache {
    /** Positions that memory is taken for at first; more when they are needed. */
    private static final int FIRST_POSITIONS = 4096;

    /** Positions of a model so large that fewer than those fit {@link #FIRST_BYTES}. */
    private static final int FEWEST_POSITIONS = 64;

    /** Bytes of memory taken at first, about. */
    private static final long FIRST_BYTES = 256L << 20;

    private final DecoderConfig config;
    private final int capacity;
    private final int keyBlock;
    private final int valueWidth;
    private final int heads;
    private final int headWidth;
    /** Positions there is memory for. */
    private int held;
    /** Positions with those that fill the last block. */
    private int room;

    private final CachePrecision precision;
    /** Keys of every layer, {@code [head, block of positions, feature, position within the block]}. */
    private final KvStorage[] keys;
    /** Values of every layer, {@code [head, position, feature]}. */
    private final KvStorage[] values;

    private int length;

    KvCache(DecoderConfig config, int capacity, CachePrecision precision, Kernels kernels) {
        if (capacity < 1 || capacity > config.positions()) {
            throw new IllegalArgumentException("a cache of " + capacity + " tokens: expected 1 to " + config.positions()
                    + ", the model's positions");
        }
        this.config = config;
        this.capacity = capacity;
        keyBlock = kernels.panelWidths()[0];
        valueWidth = valueWidth(config, kernels);
        heads = config.keyValueHeads();
        headWidth = config.headWidth();
        long positionBytes = (long) Float.BYTES * config.layers() * heads * (headWidth + valueWidth);
        held = Math.min(capacity, Math.clamp(FIRST_BYTES / positionBytes, FEWEST_POSITIONS, FIRST_POSITIONS));
        room = padded(held, keyBlock);
        this.precision = precision;
        keys = new KvStorage[config.layers()];
        values = new KvStorage[config.layers()];
        for (int layer = 0; layer < keys.length; layer++) {
            allocate(layer);
        }
    }

    private void allocate(int layer) {
        keys[layer] =
                KvStorage.of(precision, Math.multiplyExact(room, heads * headWidth), Math.multiplyExact(room, heads));
        values[layer] =
                KvStorage.of(precision, Math.multiplyExact(held, heads * valueWidth), Math.multiplyExact(held, heads));
    }

    /** Takes memory for more tokens behind those held; they must be within the capacity. */
    void reserve(int tokens) {
        int needed = length + tokens;
        if (needed <= held) {
            return;
        }
        int heldBefore = held;
        int roomBefore = room;
        held = Math.min(capacity, Math.max(2 * held, needed));
        room = padded(held, keyBlock);
        for (int layer = 0; layer < keys.length; layer++) {
            KvStorage oldKeys = keys[layer];
            KvStorage oldValues = values[layer];
            allocate(layer);
            copyHeads(keys[layer], oldKeys, room, roomBefore, headWidth, roomBefore);
            copyHeads(values[layer], oldValues, held, heldBefore, valueWidth, heldBefore);
        }
    }

    /**
     * Copies the first positions of every head.
     *
     * @param room positions of a head in {@code to}
     * @param otherRoom positions of a head in {@code from}
     * @param width elements of a position
     */
    private void copyHeads(KvStorage to, KvStorage from, int room, int otherRoom, int width, int positions) {
        for (int head = 0; head < heads; head++) {
            int fromVector = head * otherRoom;
            int toVector = head * room;
            to.copy(from, fromVector, fromVector * width, toVector, toVector * width, positions, positions * width);
        }
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

    /** Bytes of memory held now, for the tokens that are there and some more. */
    public long memoryBytes() {
        return config.layers() * (keys[0].bytes() + values[0].bytes());
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
        if (precision != other.precision) {
            throw new IllegalArgumentException(
                    "cannot copy a cache in " + other.precision.label() + " into one in " + precision.label());
        }
        length = 0;
        reserve(other.length);
        int positions = padded(other.length, keyBlock);
        for (int layer = 0; layer < keys.length; layer++) {
            copyHeads(keys[layer], other.keys[layer], room, other.room, headWidth, positions);
            copyHeads(values[layer], other.values[layer], held, other.held, valueWidth, other.length);
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

    /** A block of a head's keys, {@code [feature, position]}, in float32; it begins at {@link #keyStart}. */
    float[] keys(int layer, int head, int firstPosition, float[] scratch) {
        return keys[layer].read(
                head * room + firstPosition, keyOffset(head, firstPosition), keyBlock, headWidth, true, scratch);
    }

    int keyStart(int layer, int head, int firstPosition) {
        return keys[layer].start(keyOffset(head, firstPosition));
    }

    /**
     * A head's values at some positions, {@code [position, feature]}, in float32; they begin at {@link #valueStart}.
     */
    float[] values(int layer, int head, int firstPosition, int count, float[] scratch) {
        return values[layer].read(
                head * held + firstPosition, valueOffset(head, firstPosition), count, valueWidth, false, scratch);
    }

    int valueStart(int layer, int head, int firstPosition) {
        return values[layer].start(valueOffset(head, firstPosition));
    }

    /** The precision of keys and values. */
    public CachePrecision precision() {
        return precision;
    }

    /**
     * The element that holds the first feature of a head's key at a position; the next ones are {@link #keyBlock}
     * apart.
     */
    int keyOffset(int head, int position) {
        int inBlock = position % keyBlock;
        return (head * room + position - inBlock) * headWidth + inBlock;
    }

    /** The element that holds the first feature of a head's value at a position; the next ones follow it. */
    int valueOffset(int head, int position) {
        return (head * held + position) * valueWidth;
    }

    /**
     * Stores a head's keys and values of some tokens from {@code qkv}, {@code [tokens, queries, keys and values]},
     * behind the tokens held so far.
     */
    void store(int layer, int head, int tokens, float[] qkv) {
        int width = heads * headWidth;
        int stride = config.queryKeyValueWidth();
        int firstKey = config.attentionWidth();
        for (int t = 0; t < tokens; t++) {
            int from = t * stride + firstKey + head * headWidth;
            int position = length + t;
            keys[layer].put(head * room + position, keyOffset(head, position), keyBlock, qkv, from, headWidth);
            values[layer].put(head * held + position, valueOffset(head, position), 1, qkv, from + width, headWidth);
        }
    }

    void advance(int tokens) {
        length += tokens;
    }
}
