package io.bantam.compression.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes blocks of ggml's tensor types, whose layouts {@link io.bantam.runtime.format.GgmlType} describes. Those that
 * are made of codes hold binary, ternary, 4-bit and 8-bit weights as they were quantized, but for the scale, which
 * becomes a float16.
 */
public final class GgmlBlocks {
    private static final int Q1_0_WEIGHTS = 128;
    private static final int Q2_0_WEIGHTS = 64;
    private static final int TQ_WEIGHTS = 256;
    private static final int Q4_0_WEIGHTS = 32;
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
     * One TQ1_0 block. Byte j of the first 32 holds weights j, 32 + j, ..., 128 + j; byte j of the next 16 holds 160 +
     * j, 176 + j, ..., 224 + j; byte j of the last 4 holds 240 + j, 244 + j, 248 + j, 252 + j. The first trit counts
     * most; the base-3 number n is stored as {@code ceil(n * 256 / 243)}, so that a trit is read with one
     * multiplication.
     *
     * @param codes 256 codes, -1, 0 or +1
     * @param scale |weight| of the codes that are not 0, stored as float16
     */
    public static byte[] tq1_0(byte[] codes, float scale) {
        checkLength("TQ1_0", codes.length, TQ_WEIGHTS);
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
     * One TQ2_0 block.
     *
     * @param codes 256 codes, -1, 0 or +1
     * @param scale |weight| of the codes that are not 0, stored as float16
     */
    public static byte[] tq2_0(byte[] codes, float scale) {
        checkLength("TQ2_0", codes.length, TQ_WEIGHTS);
        ByteBuffer block = block(64 + 2);
        for (int at = 0; at < 64; at++) {
            int bits = 0;
            for (int part = 0; part < 4; part++) {
                bits |= codes[at / 32 * 128 + part * 32 + at % 32] + 1 << 2 * part;
            }
            block.put((byte) bits);
        }
        return block.putShort(Float.floatToFloat16(scale)).array();
    }

    /**
     * One Q2_0 block.
     *
     * @param codes 64 codes, -1 to +2
     * @param scale of a code of 1, stored as float16
     */
    public static byte[] q2_0(byte[] codes, float scale) {
        checkLength("Q2_0", codes.length, Q2_0_WEIGHTS);
        ByteBuffer block = block(2 + Q2_0_WEIGHTS / 4).putShort(Float.floatToFloat16(scale));
        for (int i = 0; i < codes.length; i += 4) {
            int bits = 0;
            for (int part = 0; part < 4; part++) {
                bits |= codes[i + part] + 1 << 2 * part;
            }
            block.put((byte) bits);
        }
        return block.array();
    }

    /**
     * One Q4_0 block.
     *
     * @param codes 32 codes, -8 to 7
     * @param scale of a code of 1, stored as float16
     */
    public static byte[] q4_0(byte[] codes, float scale) {
        checkLength("Q4_0", codes.length, Q4_0_WEIGHTS);
        ByteBuffer block = block(2 + Q4_0_WEIGHTS / 2).putShort(Float.floatToFloat16(scale));
        for (int i = 0; i < Q4_0_WEIGHTS / 2; i++) {
            block.put((byte) (codes[i] + 8 | codes[Q4_0_WEIGHTS / 2 + i] + 8 << 4));
        }
        return block.array();
    }

    /**
     * One Q4_0 block of weights that are not quantized yet: d is the weight of the largest size, divided by -8,
     * {@code code = x / d} to the nearest, at most 7.
     *
     * @param values 32 values
     */
    public static byte[] q4_0(float[] values) {
        checkLength("Q4_0", values.length, Q4_0_WEIGHTS);
        float largest = 0;
        for (float value : values) {
            largest = Math.abs(value) > Math.abs(largest) ? value : largest;
        }
        float scale = largest / -8;
        float inverse = scale == 0 ? 0 : 1 / scale;
        byte[] codes = new byte[Q4_0_WEIGHTS];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) (Math.min(15, (int) (values[i] * inverse + 8.5f)) - 8);
        }
        return q4_0(codes, scale);
    }

    /**
     * One Q8_0 block.
     *
     * @param codes 32 codes
     * @param scale of a code of 1, stored as float16
     */
    public static byte[] q8_0(byte[] codes, float scale) {
        checkLength("Q8_0", codes.length, Q8_0_WEIGHTS);
        return block(2 + Q8_0_WEIGHTS)
                .putShort(Float.floatToFloat16(scale))
                .put(codes)
                .array();
    }

    /**
     * One Q8_0 block of weights that are not quantized yet: {@code d = max|x| / 127}, {@code code = x / d} rounded with
     * halves away from zero.
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
