package io.bantam.runtime.format;

import java.util.List;

/**
 * The entry of one tensor in the header of a GGUF file.
 *
 * @param name unique in its file
 * @param type how its weights are stored
 * @param shape dimensions, outermost first (the file has the innermost first)
 * @param offset first byte, counted from the start of the file
 */
public record GgufTensor(String name, GgmlType type, List<Long> shape, long offset) {
    /** Copies the shape. */
    public GgufTensor {
        shape = List.copyOf(shape);
    }

    /** The number of weights. */
    public long elementCount() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /** Bytes of its data. */
    public long byteSize() {
        return type.bytes(elementCount());
    }
}
