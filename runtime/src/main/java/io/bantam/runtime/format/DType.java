package io.bantam.runtime.format;

/** An element type of a safetensors file, under the format's own name, little-endian on disk. */
public enum DType {
    /** One byte, 0 or 1. */
    BOOL(1),
    /** Unsigned byte. */
    U8(1),
    /** Signed byte. */
    I8(1),
    /** Unsigned 16-bit integer. */
    U16(2),
    /** Signed 16-bit integer. */
    I16(2),
    /** IEEE 754 half precision: 1 sign, 5 exponent, 10 fraction bits. */
    F16(2),
    /** Brain float: the upper 16 bits of an {@link #F32}. */
    BF16(2),
    /** Unsigned 32-bit integer. */
    U32(4),
    /** Signed 32-bit integer. */
    I32(4),
    /** IEEE 754 single precision. */
    F32(4),
    /** Unsigned 64-bit integer. */
    U64(8),
    /** Signed 64-bit integer. */
    I64(8),
    /** IEEE 754 double precision. */
    F64(8);

    /** The largest number of {@link #F16}. */
    public static final float LARGEST_FLOAT16 = 65504;

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes per element. */
    public int bytes() {
        return bytes;
    }

    /** Whether {@link SafetensorsReader#readFloats} widens (or, for {@link #F64}, narrows) this type to float. */
    public boolean isFloat() {
        return this == F16 || this == BF16 || this == F32 || this == F64;
    }

    /** The float16 nearest to {@code value}, ties to even; beyond the largest, the largest instead of infinity. */
    public static short toFiniteFloat16(float value) {
        return Float.floatToFloat16(Math.clamp(value, -LARGEST_FLOAT16, LARGEST_FLOAT16));
    }

    /** {@link #F16} if that holds every one of some numbers exactly, else {@link #F32}. */
    public static DType exactly(float[] values) {
        for (float value : values) {
            if (Float.float16ToFloat(Float.floatToFloat16(value)) != value) {
                return F32;
            }
        }
        return F16;
    }

    /** The brain float nearest to {@code value}, ties to even; NaN stays NaN. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The exact float value of a brain float. */
    public static float fromBfloat16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
