package io.bantam.compression.export;

import io.bantam.runtime.format.GgmlType;

/**
 * Which types a GGUF file gets where there is a choice.
 *
 * @param ternary for ternary weights: TQ1_0 (smallest), TQ2_0 (fastest in llama.cpp) or Q2_0 (for rows of 64)
 * @param floats for matrices that are not quantized: F32, F16, Q8_0 or Q4_0
 */
public record GgufOptions(GgmlType ternary, GgmlType floats) {
    /** TQ2_0, and float32 as it is. */
    public static final GgufOptions DEFAULT = new GgufOptions(GgmlType.TQ2_0, GgmlType.F32);

    /** Refuses types that cannot hold such weights. */
    public GgufOptions {
        switch (ternary) {
            case TQ1_0, TQ2_0, Q2_0 -> {}
            default ->
                throw new IllegalArgumentException("ternary weights become TQ1_0, TQ2_0 or Q2_0, not " + ternary);
        }
        switch (floats) {
            case F32, F16, Q8_0, Q4_0 -> {}
            default -> throw new IllegalArgumentException("float weights become F32, F16, Q8_0 or Q4_0, not " + floats);
        }
    }
}
