package io.bantam.runtime.format;

import java.nio.ByteBuffer;

/**
 * The tensor types of ggml that Bantam writes and reads (ggml {@code src/ggml-common.h}). Weights stand in blocks along
 * the rows; numbers are little-endian; {@code d} is a float16 scale. A weight is one float32 multiplication of d and
 * its code.
 *
 * <table>
 * <caption>Blocks</caption>
 * <tr><th>type</th><th>weights</th><th>bytes</th><th>layout</th></tr>
 * <tr><td>F32, F16</td><td>1</td><td>4, 2</td><td>plain</td></tr>
 * <tr><td>Q4_0</td><td>32</td><td>18</td><td>d; byte j has weight j in its low and 16 + j in its high nibble; code =
 * nibble - 8 </td></tr>
 * <tr><td>Q8_0</td><td>32</td><td>34</td><td>d; a signed byte a weight</td></tr>
 * <tr><td>TQ1_0</td><td>256</td><td>54</td><td>48 bytes of 5 trits, 4 bytes of 4, d; byte j of the first 32 has weights
 * j, 32 + j, ..., 128 + j, byte j of the next 16 has 160 + j, 176 + j, ..., 224 + j, byte j of the last 4 has 240 + j,
 * 244 + j, 248 + j, 252 + j; the first trit counts most, the base-3 number n is stored as ceil(n * 256 / 243); code =
 * trit - 1</td></tr>
 * <tr><td>TQ2_0</td><td>256</td><td>66</td><td>64 bytes, d; byte 32 h + m has weight 128 h + 32 l + m in bits 2 l and 2
 * l + 1; code = bits - 1, 0 to 2</td></tr>
 * <tr><td>Q1_0</td><td>128</td><td>18</td><td>d; a bit a weight, the lowest first; code = 2 * bit - 1</td></tr>
 * <tr><td>Q2_0</td><td>64</td><td>18</td><td>d; two bits a weight, the lowest first; code = bits - 1, -1 to 2</td></tr>
 * </table>
 */
public enum GgmlType {
    /** Float32. */
    F32(0, 1, 4),
    /** Float16. */
    F16(1, 1, 2),
    /** 4 bits and a scale for 32 weights. */
    Q4_0(2, 32, 18),
    /** 8 bits and a scale for 32 weights. */
    Q8_0(8, 32, 34),
    /** Ternary, 1.6875 bits a weight. */
    TQ1_0(34, 256, 54),
    /** Ternary, 2.0625 bits a weight. */
    TQ2_0(35, 256, 66),
    /** Binary, 1.125 bits a weight. */
    Q1_0(41, 128, 18),
    /** 2 bits and a scale for 64 weights. */
    Q2_0(42, 64, 18);

    private static final int[] POWERS_OF_3 = {1, 3, 9, 27, 81};

    private final int id;
    private final int blockWeights;
    private final int blockBytes;

    GgmlType(int id, int blockWeights, int blockBytes) {
        this.id = id;
        this.blockWeights = blockWeights;
        this.blockBytes = blockBytes;
    }

    /** The type's number in files. */
    public int id() {
        return id;
    }

    /** Weights in a block; a row has whole blocks only. */
    public int blockWeights() {
        return blockWeights;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Bytes of a number of weights, which must be whole blocks. */
    public long bytes(long weights) {
        return Math.multiplyExact(weights / blockWeights, (long) blockBytes);
    }

    /** The type with a number, or null. */
    static GgmlType of(int id) {
        for (GgmlType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        return null;
    }

    /**
     * Decodes one block.
     *
     * @param block little-endian; read from its position, which then stands behind the block
     * @param weights receives {@link #blockWeights} weights from {@code offset}
     */
    public void decode(ByteBuffer block, float[] weights, int offset) {
        int start = block.position();
        switch (this) {
            case F32 -> weights[offset] = block.getFloat(start);
            case F16 -> weights[offset] = Float.float16ToFloat(block.getShort(start));
            case Q4_0 -> {
                float scale = scale(block, start);
                for (int i = 0; i < 16; i++) {
                    int both = block.get(start + 2 + i) & 0xff;
                    weights[offset + i] = scale * ((both & 15) - 8);
                    weights[offset + 16 + i] = scale * ((both >> 4) - 8);
                }
            }
            case Q8_0 -> {
                float scale = scale(block, start);
                for (int i = 0; i < 32; i++) {
                    weights[offset + i] = scale * block.get(start + 2 + i);
                }
            }
            case TQ1_0 -> {
                float scale = scale(block, start + 52);
                trits(block, start, 32, 5, scale, weights, offset);
                trits(block, start + 32, 16, 5, scale, weights, offset + 160);
                trits(block, start + 48, 4, 4, scale, weights, offset + 240);
            }
            case TQ2_0 -> {
                float scale = scale(block, start + 64);
                for (int i = 0; i < 256; i++) {
                    int bits = block.get(start + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
                    weights[offset + i] = scale * (bits - 1);
                }
            }
            case Q1_0 -> {
                float scale = scale(block, start);
                for (int i = 0; i < 128; i++) {
                    weights[offset + i] = (block.get(start + 2 + i / 8) >> i % 8 & 1) == 1 ? scale : -scale;
                }
            }
            case Q2_0 -> {
                float scale = scale(block, start);
                for (int i = 0; i < 64; i++) {
                    weights[offset + i] = scale * ((block.get(start + 2 + i / 4) >> i % 4 * 2 & 3) - 1);
                }
            }
        }
        block.position(start + blockBytes);
    }

    private static float scale(ByteBuffer block, int at) {
        return Float.float16ToFloat(block.getShort(at));
    }

    private static void trits(
            ByteBuffer block, int start, int bytes, int trits, float scale, float[] weights, int offset) {
        for (int j = 0; j < bytes; j++) {
            int number = block.get(start + j) & 0xff;
            for (int trit = 0; trit < trits; trit++) {
                int rest = number * POWERS_OF_3[trit] & 0xff;
                weights[offset + trit * bytes + j] = scale * ((rest * 3 >> 8) - 1);
            }
        }
    }
}
