package io.bantam.runtime.format;

import java.util.List;

/**
 * The entry of one tensor in a safetensors header.
 *
 * @param name the tensor's name, unique in its file
 * @param dtype element type
 * @param shape dimensions, outermost first; empty for a scalar
 * @param offset first byte, counted from the start of the file
 * @param byteSize bytes of data: {@code elementCount() * dtype().bytes()}
 */
public record TensorInfo(String name, DType dtype, List<Long> shape, long offset, long byteSize) {
    /** Copies the shape, so that the record is immutable. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** The number of elements: the product of the shape, 1 for a scalar. */
    public long elementCount() {
        return byteSize / dtype.bytes();
    }
}
