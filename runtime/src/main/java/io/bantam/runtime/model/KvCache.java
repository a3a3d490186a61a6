package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;

/**
 * The keys and values, in float32, of the tokens a decoder has seen; one per sequence, used by one thread at a time.
 *
 * <p>Per layer: keys as {@code [head, position, feature]}, values as {@code [head, feature, position]}, so that both attention
 * products read rows.
 */
public final class KvCache {
    private final DecoderConfig config;
    private final int capacity;
    private final float[][] keys;
    private final float[][] values;
    private int length;

    KvCache(DecoderConfig config, int capacity) {
        if (capacity < 1 || capacity > config.positions()) {
            throw new IllegalArgumentException("a cache of " + capacity + " tokens: expected 1 to " + config.positions()
                    + ", the model's positions");
        }
        this.config = config;
        this.capacity = capacity;
        int size = Math.multiplyExact(capacity, config.width());
        keys = new float[config.layers()][size];
        values = new float[config.layers()][size];
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
        return 2L * Float.BYTES * config.layers() * capacity * config.width();
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

    /** Takes over the tokens of another cache of the same model, which must fit. */
    public void copyFrom(KvCache other) {
        if (!config.equals(other.config) || other.length > capacity) {
            throw new IllegalArgumentException("cannot copy " + other.length + " tokens into a cache of " + capacity);
        }
        int headWidth = config.headWidth();
        for (int layer = 0; layer < keys.length; layer++) {
            for (int head = 0; head < config.heads(); head++) {
                System.arraycopy(
                        other.keys[layer],
                        head * other.capacity * headWidth,
                        keys[layer],
                        head * capacity * headWidth,
                        other.length * headWidth);
                for (int d = 0; d < headWidth; d++) {
                    int row = head * headWidth + d;
                    System.arraycopy(
                            other.values[layer], row * other.capacity, values[layer], row * capacity, other.length);
                }
            }
        }
        length = other.length;
    }

    DecoderConfig config() {
        return config;
    }

    float[] keys(int layer) {
        return keys[layer];
    }

    float[] values(int layer) {
        return values[layer];
    }

    /** Stores keys and values of some tokens from {@code qkv}, [tokens, 3 * width], behind the tokens held so far. */
    void store(int layer, int tokens, float[] qkv) {
        int width = config.width();
        int headWidth = config.headWidth();
        for (int head = 0; head < config.heads(); head++) {
            int feature = head * headWidth;
            int base = feature * capacity;
            for (int t = 0; t < tokens; t++) {
                int key = t * 3 * width + width + feature;
                System.arraycopy(qkv, key, keys[layer], base + (length + t) * headWidth, headWidth);
            }
            for (int d = 0; d < headWidth; d++) {
                int value = 2 * width + feature + d;
                int to = base + d * capacity + length;
                for (int t = 0; t < tokens; t++) {
                    values[layer][to + t] = qkv[t * 3 * width + value];
                }
            }
        }
    }

    void advance(int tokens) {
        length += tokens;
    }
}
