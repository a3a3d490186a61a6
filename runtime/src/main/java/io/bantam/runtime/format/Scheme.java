package io.bantam.runtime.format;

import java.util.Locale;

/**
 * The rule by which the codes of a {@link PackedTensor} stand for weights; {@code scale} and {@code zero} are those of
 * the code's group.
 */
public enum Scheme {
    /** One bit: code -1 or +1, weight {@code scale * code}. */
    BINARY,
    /**
     * Codes -1, 0 and +1, weight {@code scale * code}. Its nominal width is 2 bits; packed it takes 1.67, in files 1.6
     * where groups are odd.
     */
    TERNARY,
    /** k = 2 to 8 bits: code -2^(k-1) to 2^(k-1)-1, weight {@code scale * code}. */
    SYMMETRIC,
    /** k = 2 to 8 bits: code 0 to 2^k-1, weight {@code scale * code + zero}. */
    ASYMMETRIC;

    /** The name used in files: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
