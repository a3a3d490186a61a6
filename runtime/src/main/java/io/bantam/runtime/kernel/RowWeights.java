package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;

/** Weights whose rows follow one another, so that a row can be multiplied or unpacked by itself. */
public sealed interface RowWeights extends WeightMatrix permits FloatWeights, ByteWeights, StreamedWeights {
    /**
     * Writes the signed codes of one row as float32; plain floats are their own codes.
     *
     * @param scratch of {@link WeightMatrix#scratch}
     */
    void codes(int row, MemorySegment scratch, float[] out, int outOffset);
}
