package io.bantam.runtime.kernel;

import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.Quintets;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Turns ternary codes as a file may have them into tiles of {@link CodeForm#TRITS}, one tile at a time. */
final class TernarySpreading {
    /** By byte of five ternary digits, five digits of 2 bits; as many as there are bytes, for the compiler to see. */
    private static final int[] PAIRS_OF_FIVE = pairs(256, 243);

    /** By number of three ternary digits, three digits of 2 bits. */
    private static final int[] PAIRS_OF_THREE = pairs(32, 27);

    /** Bytes of 24 digits of 2 bits. */
    private static final int UNIT_OF_PAIRS = 6;

    private TernarySpreading() {}

    private static int[] pairs(int size, int count) {
        int[] pairs = new int[size];
        for (int code = 0; code < count; code++) {
            for (int rest = code, bit = 0; rest > 0; rest /= 3, bit += 2) {
                pairs[code] |= rest % 3 << bit;
            }
        }
        return pairs;
    }

    /** Takes rows of five digits a byte. */
    static void rows(MemorySegment stored, int rows, int columns, MemorySegment tiles) {
        int rowBytes = new PackLayout(Scheme.TERNARY, 2).rowBytes(columns);
        int stride = CodeForm.TRITS.rowBytes(columns);
        byte[] in = new byte[Tiles.ROWS * rowBytes];
        byte[] out = new byte[Tiles.ROWS * stride];
        for (int first = 0; first < rows; first += Tiles.ROWS) {
            int count = Math.min(Tiles.ROWS, rows - first);
            MemorySegment.copy(stored, ValueLayout.JAVA_BYTE, (long) first * rowBytes, in, 0, count * rowBytes);
            for (int row = 0; row < count; row++) {
                spreadRow(in, row * rowBytes, rowBytes, out, Tiles.lane(row), stride);
            }
            MemorySegment.copy(out, 0, tiles, ValueLayout.JAVA_BYTE, (long) first * stride, out.length);
        }
    }

    private static void spreadRow(byte[] in, int from, int rowBytes, byte[] tile, int lane, int stride) {
        int at = lane;
        int c = from;
        int end = from + rowBytes;
        // Four bytes of five digits are five bytes of four.
        for (; c + 4 <= end; c += 4, at += 5 * Tiles.ROWS) {
            long digits = PAIRS_OF_FIVE[in[c] & 0xff]
                    | (long) PAIRS_OF_FIVE[in[c + 1] & 0xff] << 10
                    | (long) PAIRS_OF_FIVE[in[c + 2] & 0xff] << 20
                    | (long) PAIRS_OF_FIVE[in[c + 3] & 0xff] << 30;
            int last = at + 4 * Tiles.ROWS;
            if (last < tile.length) {
                tile[last] = (byte) (digits >> 32);
            }
            tile[at] = (byte) digits;
            tile[at + Tiles.ROWS] = (byte) (digits >> 8);
            tile[at + 2 * Tiles.ROWS] = (byte) (digits >> 16);
            tile[at + 3 * Tiles.ROWS] = (byte) (digits >> 24);
        }
        long digits = 0;
        for (int shift = 0; c < end; c++, shift += 10) {
            digits |= (long) PAIRS_OF_FIVE[in[c] & 0xff] << shift;
        }
        for (; at < stride * Tiles.ROWS; at += Tiles.ROWS, digits >>= 8) {
            tile[at] = (byte) digits;
        }
    }

    /** Takes tiles of {@link CodeForm#QUINTETS}, for registers that are too short to look them up. */
    static void quintets(MemorySegment quintets, int rows, int columns, MemorySegment tiles) {
        int stride = CodeForm.TRITS.rowBytes(columns);
        byte[] in = new byte[Tiles.ROWS * CodeForm.QUINTETS.rowBytes(columns)];
        byte[] out = new byte[Tiles.ROWS * stride];
        for (int tile = 0; tile < Math.ceilDiv(rows, Tiles.ROWS); tile++) {
            MemorySegment.copy(quintets, ValueLayout.JAVA_BYTE, (long) tile * in.length, in, 0, in.length);
            for (int lane = 0; lane < Tiles.ROWS; lane++) {
                int to = lane;
                for (int at = lane; at < in.length; at += Quintets.BYTES * Tiles.ROWS) {
                    long unit = in[at] & 0xffL
                            | (in[at + Tiles.ROWS] & 0xffL) << 8
                            | (in[at + 2 * Tiles.ROWS] & 0xffL) << 16
                            | (in[at + 3 * Tiles.ROWS] & 0xffL) << 24
                            | (in[at + 4 * Tiles.ROWS] & 0xffL) << 32;
                    long digits = 0;
                    for (int i = 0; i < Quintets.NUMBERS; i++) {
                        digits |= (long) PAIRS_OF_THREE[Quintets.number(unit, i)] << UNIT_OF_PAIRS * i;
                    }
                    for (int i = 0; i < UNIT_OF_PAIRS && to < out.length; i++, to += Tiles.ROWS) {
                        out[to] = (byte) (digits >> i * Byte.SIZE);
                    }
                }
            }
            MemorySegment.copy(out, 0, tiles, ValueLayout.JAVA_BYTE, (long) tile * out.length, out.length);
        }
    }
}
