package io.bantam.runtime.format;

import java.util.List;

/**
 * A tensor that is not quantized.
 *
 * @param dtype how a file stores it: {@link DType#F32} or {@link DType#F16}
 * @param shape dimensions, outermost first
 * @param values row-major values; not copied
 */
public record FloatTensor(DType dtype, List<Integer> shape, float[] values) implements ModelTensor {
    /** Checks the number of values against the shape. */
    public FloatTensor {
        shape = List.copyOf(shape);
        if (dtype != DType.F32 && dtype != DType.F16) {
            throw new IllegalArgumentException("a float tensor is stored as F32 or F16, not " + dtype);
        }
        long count = 1;
        for (int dimension : shape) {
            count = Math.multiplyExact(count, (long) dimension);
        }
        if (count != values.length) {
            throw new IllegalArgumentException("expected " + count + " values for " + shape + ", got " + values.length);
        }
    }

    /** A tensor stored as float32. */
    public static FloatTensor of(float[] values, Integer... shape) {
        return new FloatTensor(DType.F32, List.of(shape), values);
    }

    @Override
    public long elementCount() {
        return values.length;
    }

    @Override
    public long packedBytes() {
        return (long) values.length * dtype.bytes();
    }

    @Override
    public float[] toFloats() {
        return values;
    }
}
