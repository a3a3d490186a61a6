package io.bantam.compression.quantizer;

/** What the codes of a quantized matrix stand for. */
public enum Scheme {
    /** Codes -1 and +1; weight = scale * code. */
    BINARY,
    /** Codes -1, 0 and +1; weight = scale * code. */
    TERNARY,
    /** Codes -2^(k-1) to 2^(k-1) - 1; weight = scale * code. */
    SYMMETRIC,
    /** Codes 0 to 2^k - 1; weight = scale * code + zero. */
    ASYMMETRIC
}
