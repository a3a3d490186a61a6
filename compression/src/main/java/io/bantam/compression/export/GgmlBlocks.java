package io.bantam.compression.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Blocks of the ggml tensor types that hold binary, ternary and 8-bit weights without loss (ggml
 * {@code src/ggml-common.h}, {@code src/ggml-quants.c}). Numbers are little-endian; {@code d} is a float16 scale.
 *
 * <table>
 * <caption>Layouts</caption>
 * <tr><th>type</th><th>weights</th><th>bytes</th><th>layout</th></tr>
 * <tr><td>Q1_0</td><td>128</td><td>18</td><td>d, then one bit a weight, least significant first, 1 for +d and 0 for -d
 * </td></tr>
 * <tr><td>TQ1_0</td><td>256</td><td>54</td><td>48 bytes of 5 trits, 4 bytes of 4 trits, d; a trit is code + 1; see
 * {@link #tq1_0}</td></tr>
 * <tr><td>Q8_0</td><td>32</td><td>34</td><td>d, then one signed byte a weight</td></tr>
 * </table>
 */
public final class GgmlBlocks {
    private static final int Q1_0_WEIGHTS = 128;
    private static final int TQ1_0_WEIGHTS = 256;
    private static final int Q8_0_WEIGHTS = 32;

    private GgmlBlocks() {}

    /**
     * One Q1_0 block.
     *
     * @param codes 128 codes, -1 or +1
     * @param scale |weight|, stored as float16
     */
    public static byte[] q1_0(byte[] codes, float scale) {
        checkLength("Q1_0", codes.length, Q1_0_WEIGHTS);
        ByteBuffer block = block(2 + Q1_0_WEIGHTS / 8).putShort(Float.floatToFloat16(scale));
        for (int i = 0; i < codes.length; i += 8) {
            int bits = 0;
            for (int bit = 0; bit < 8; bit++) {
                bits |= (codes[i + bit] > 0 ? 1 : 0) << bit;
            }
            block.put((byte) bits);
        }
        return block.array();
    }

    /**
     * One TQ1_0 block. Byte j of the first 32 holds weights j, 32 + j, ..., 128 + j; byte j of the next 16 holds 160 + j,
     * 176 + j, ..., 224 + j; byte j of the last 4 holds 240 + j, 244 + j, 248 + j, 252 + j. The first trit counts most; the
     * base-3 number n is stored as {@code ceil(n * 256 / 243)}, so that a trit is read with one multiplication.
     *
     * @param codes 256 codes, -1, 0 or +1
     * @param scale |weight| of the codes that are not 0, stored as float16
     */
    public static byte[] tq1_0(byte[] codes, float scale) {
        checkLength("TQ1_0", codes.length, TQ1_0_WEIGHTS);
        ByteBuffer block = block(48 + 4 + 2);
        putTrits(block, codes, 0, 32, 5);
        putTrits(block, codes, 160, 16, 5);
        putTrits(block, codes, 240, 4, 4);
        return block.putShort(Float.floatToFloat16(scale)).array();
    }

    private static void putTrits(ByteBuffer block, byte[] codes, int from, int stride, int trits) {
        for (int j = 0; j < stride; j++) {
            int number = 0;
            for (int trit = 0; trit < 5; trit++) {
                number = number * 3 + (trit < trits ? codes[from + trit * stride + j] + 1 : 0);
            }
            block.put((byte) ((number * 256 + 242) / 243));
        }
    }

    /**
     * One Q8_0 block: {@code d = max|x| / 127}, {@code code = x / d} rounded with halves away from zero.
     *
     * @param values 32 values
     */
    public static byte[] q8_0(float[] values) {
        checkLength("Q8_0", values.length, Q8_0_WEIGHTS);
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        ByteBuffer block = block(2 + Q8_0_WEIGHTS).putShort(Float.floatToFloat16(scale));
        for (float value : values) {
            float steps = value * inverse;
            block.put((byte) Math.copySign(Math.floor(Math.abs(steps) + 0.5f), steps));
        }
        return block.array();
    }

    private static ByteBuffer block(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void checkLength(String type, int length, int expected) {
        if (length != expected) {
            throw new IllegalArgumentException("a " + type + " block has " + expected + " weights, not " + length);
        }
    }
}
