package io.bantam.runtime.format;

/** A tensor of a packed model: quantized to codes, or kept in floating point. */
public sealed interface ModelTensor permits PackedTensor, CodebookTensor, FloatTensor {
    /** The number of weights. */
    long elementCount();

    /** Bytes of data in a packed file: codes, scales, zeros and codebooks, or the plain values. */
    long packedBytes();

    /** The weights as float32, row-major; a fresh array for quantized tensors, possibly shared for float ones. */
    float[] toFloats();

    /** {@link #packedBytes} in bits, divided by the number of weights. */
    default double bitsPerWeight() {
        return 8.0 * packedBytes() / Math.max(1, elementCount());
    }
}
