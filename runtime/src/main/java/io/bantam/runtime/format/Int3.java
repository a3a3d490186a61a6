package io.bantam.runtime.format;

/**
 * The layout of rows of 3-bit codes, eight codes in three bytes: the low six bits of each byte are two codes, and the
 * high two bits of all three bytes are the last two codes, those of the first byte lowest. Lookup tables of six bits
 * then take whole bytes, where codes in a stream of bits would have to be shifted.
 */
final class Int3 {
    private static final int BYTES = 3;
    private static final int COLUMNS = 8;

    private Int3() {}

    /** Bytes of a row of {@code columns} columns; the last ones are filled up with zero bits. */
    static int rowBytes(int columns) {
        return Math.ceilDiv(columns, COLUMNS) * BYTES;
    }

    /** Turns packed rows of {@link PackLayout}, a stream of 3 bits a code, into rows of this layout. */
    static byte[] fromRows(byte[] packed, int rows, int columns) {
        int packedBytes = packed.length / rows;
        int rowBytes = rowBytes(columns);
        byte[] rearranged = new byte[Math.multiplyExact(rows, rowBytes)];
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < packedBytes; c += BYTES) {
                int eight = 0;
                for (int i = Math.min(BYTES, packedBytes - c) - 1; i >= 0; i--) {
                    eight = eight << Byte.SIZE | packed[row * packedBytes + c + i] & 0xff;
                }
                int at = row * rowBytes + c;
                // The last two codes go to the high bits of all three.
                rearranged[at] = (byte) (eight & 0x3f | eight >> 12 & 0xc0);
                rearranged[at + 1] = (byte) (eight >> 6 & 0x3f | eight >> 14 & 0xc0);
                rearranged[at + 2] = (byte) (eight >> 12 & 0x3f | eight >> 16 & 0xc0);
            }
        }
        return rearranged;
    }

    /** The inverse of {@link #fromRows}. */
    static byte[] toRows(byte[] rearranged, int rows, int columns) {
        int packedBytes = Math.ceilDiv(3 * columns, Byte.SIZE);
        int rowBytes = rowBytes(columns);
        byte[] packed = new byte[Math.multiplyExact(rows, packedBytes)];
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < packedBytes; c += BYTES) {
                int at = row * rowBytes + c;
                int first = rearranged[at];
                int second = rearranged[at + 1];
                int third = rearranged[at + 2];
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
