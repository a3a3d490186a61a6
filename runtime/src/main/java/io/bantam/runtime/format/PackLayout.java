package io.bantam.runtime.format;

import java.util.Arrays;

/**
 * How one row of codes becomes bytes. The byte layout is described in the package documentation.
 *
 * @param scheme what the codes stand for
 * @param bits nominal bits per code: 1 for {@link Scheme#BINARY}, 2 for {@link Scheme#TERNARY}, else 2 to 8
 */
public record PackLayout(Scheme scheme, int bits) {
    /** Ternary digits per byte: 3^5 = 243 fits, 3^6 does not. */
    public static final int TERNARY_CODES_PER_BYTE = 5;

    /** The largest byte of five digits: 3^5 - 1. */
    static final int LARGEST_TERNARY_BYTE = 242;

    /** Refuses widths that the scheme does not have, with an {@link IllegalArgumentException}. */
    public PackLayout {
        int lowest = scheme == Scheme.BINARY ? 1 : 2;
        int highest = scheme == Scheme.BINARY ? 1 : scheme == Scheme.TERNARY ? 2 : 8;
        if (bits < lowest || bits > highest) {
            throw new IllegalArgumentException(
                    scheme.label() + " codes have " + lowest + " to " + highest + " bits, not " + bits);
        }
    }

    /** The smallest code. */
    public int minimumCode() {
        return switch (scheme) {
            case BINARY, TERNARY -> -1;
            case SYMMETRIC -> -(1 << (bits - 1));
            case ASYMMETRIC -> 0;
        };
    }

    /** The largest code. */
    public int maximumCode() {
        return switch (scheme) {
            case BINARY, TERNARY -> 1;
            case SYMMETRIC -> (1 << (bits - 1)) - 1;
            case ASYMMETRIC -> (1 << bits) - 1;
        };
    }

    /** Bytes of one packed row; rows start at whole bytes. */
    public int rowBytes(int columns) {
        return scheme == Scheme.TERNARY
                ? Math.ceilDiv(columns, TERNARY_CODES_PER_BYTE)
                : Math.toIntExact(Math.ceilDiv((long) columns * bits, 8L));
    }

    /**
     * Packs one row.
     *
     * @param codes holds the row's codes from {@code codesOffset}
     * @param packed receives {@code rowBytes(columns)} bytes from {@code packedOffset}
     * @throws IllegalArgumentException if a code is outside the scheme's range (0 is no binary code)
     */
    public void packRow(int[] codes, int codesOffset, int columns, byte[] packed, int packedOffset) {
        Arrays.fill(packed, packedOffset, packedOffset + rowBytes(columns), (byte) 0);
        int digitWeight = 1;
        for (int i = 0; i < columns; i++) {
            int code = codes[codesOffset + i];
            if (code < minimumCode() || code > maximumCode() || (scheme == Scheme.BINARY && code == 0)) {
                throw new IllegalArgumentException(
                        "column " + i + ": " + code + " is no " + scheme.label() + " code of " + bits + " bits");
            }
            if (scheme == Scheme.TERNARY) {
                packed[packedOffset + i / TERNARY_CODES_PER_BYTE] += (byte) ((code + 1) * digitWeight);
                digitWeight = i % TERNARY_CODES_PER_BYTE == TERNARY_CODES_PER_BYTE - 1 ? 1 : 3 * digitWeight;
            } else {
                int stored = scheme == Scheme.BINARY ? (code + 1) / 2 : code - minimumCode();
                int bit = i * bits;
                int shifted = stored << (bit & 7);
                packed[packedOffset + (bit >>> 3)] |= (byte) shifted;
                if (shifted > 0xff) {
                    packed[packedOffset + (bit >>> 3) + 1] |= (byte) (shifted >>> 8);
                }
            }
        }
    }

    /** Unpacks one row; the inverse of {@link #packRow}. */
    public void unpackRow(byte[] packed, int packedOffset, int columns, int[] codes, int codesOffset) {
        if (scheme == Scheme.TERNARY) {
            unpackTernary(packed, packedOffset, columns, codes, codesOffset);
            return;
        }
        int mask = (1 << bits) - 1;
        int minimum = minimumCode();
        for (int i = 0; i < columns; i++) {
            int bit = i * bits;
            int at = packedOffset + (bit >>> 3);
            int window = packed[at] & 0xff;
            if ((bit & 7) + bits > 8) {
                window |= (packed[at + 1] & 0xff) << 8;
            }
            int stored = window >>> (bit & 7) & mask;
            codes[codesOffset + i] = scheme == Scheme.BINARY ? 2 * stored - 1 : stored + minimum;
        }
    }

    private static void unpackTernary(byte[] packed, int packedOffset, int columns, int[] codes, int codesOffset) {
        int rest = 0;
        for (int i = 0; i < columns; i++) {
            if (i % TERNARY_CODES_PER_BYTE == 0) {
                rest = packed[packedOffset + i / TERNARY_CODES_PER_BYTE] & 0xff;
            }
            codes[codesOffset + i] = rest % 3 - 1;
            rest /= 3;
        }
    }
}
