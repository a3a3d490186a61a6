package io.bantam.runtime.format;

/**
 * Rows of codes of 3 bits, eight in three bytes: the low six bits of each byte are two codes, and so are the high two
 * bits of all three, those of the first byte lowest. So four tables of 64 sums take whole bytes, where codes in a
 * stream would have to be shifted.
 */
final class Triples {
    private static final int BYTES = 3;
    private static final int COLUMNS = 8;

    private Triples() {}

    /** Bytes of a row of so many columns; the last ones are filled up with zero bits. */
    static int rowBytes(int columns) {
        return Math.ceilDiv(columns, COLUMNS) * BYTES;
    }

    /** Turns packed rows of {@link PackLayout}, a stream of 3 bits a code, into rows of triples. */
    static byte[] fromRows(byte[] packed, int rows, int columns) {
        int packedBytes = packed.length / rows;
        int rowBytes = rowBytes(columns);
        byte[] triples = new byte[Math.multiplyExact(rows, rowBytes)];
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < packedBytes; c += BYTES) {
                int eight = 0;
                for (int i = Math.min(BYTES, packedBytes - c) - 1; i >= 0; i--) {
                    eight = eight << Byte.SIZE | packed[row * packedBytes + c + i] & 0xff;
                }
                int at = row * rowBytes + c;
                // The last two codes go to the high bits of all three.
                triples[at] = (byte) (eight & 0x3f | eight >> 12 & 0xc0);
                triples[at + 1] = (byte) (eight >> 6 & 0x3f | eight >> 14 & 0xc0);
                triples[at + 2] = (byte) (eight >> 12 & 0x3f | eight >> 16 & 0xc0);
            }
        }
        return triples;
    }

    /** The inverse of {@link #fromRows}. */
    static byte[] toRows(byte[] triples, int rows, int columns) {
        int packedBytes = Math.ceilDiv(3 * columns, Byte.SIZE);
        int rowBytes = rowBytes(columns);
        byte[] packed = new byte[Math.multiplyExact(rows, packedBytes)];
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < packedBytes; c += BYTES) {
                int at = row * rowBytes + c;
                int first = triples[at];
                int second = triples[at + 1];
                int third = triples[at + 2];
                int eight = first & 0x3f
                        | (second & 0x3f) << 6
                        | (third & 0x3f) << 12
                        | (first & 0xc0) << 12
                        | (second & 0xc0) << 14
                        | (third & 0xc0) << 16;
                for (int i = 0; i < Math.min(BYTES, packedBytes - c); i++) {
                    packed[row * packedBytes + c + i] = (byte) (eight >> i * Byte.SIZE);
                }
            }
        }
        return packed;
    }
}
