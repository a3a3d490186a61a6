package io.bantam.runtime.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Packed rows in tiles of 64, whose bytes lie side by side: byte c of row r of tile i is at {@code (i * rowBytes + c) *
 * 64 + 4 * (r % 16) + r / 16}. When every fourth byte is added up in a 32-bit lane, the lanes are neighbouring rows.
 * The last tile is filled up with rows of zero bytes.
 */
public final class Tiles {
    /** Rows of a tile. */
    public static final int ROWS = 64;

    /** 64-bit words of a byte of all rows of a tile. */
    public static final int WORDS = ROWS / Long.BYTES;

    private Tiles() {}

    /** Bytes of all tiles. */
    public static long byteSize(int rows, int rowBytes) {
        return Math.ceilDiv(rows, ROWS) * (long) ROWS * rowBytes;
    }

    /** The offset of the first byte of a row; the following ones are {@link #ROWS} bytes apart. */
    public static long offset(int row, int rowBytes) {
        return row / ROWS * (long) ROWS * rowBytes + lane(row % ROWS);
    }

    /** The position of a row of a tile within each 64 bytes. */
    public static int lane(int row) {
        return 4 * (row % (ROWS / 4)) + row / (ROWS / 4);
    }

    /** Arranges rows that follow one another, one tile at a time. */
    public static void fromRows(MemorySegment rows, int count, int rowBytes, MemorySegment tiles) {
        byte[] in = new byte[ROWS * rowBytes];
        byte[] out = new byte[ROWS * rowBytes];
        for (int first = 0; first < count; first += ROWS) {
            int here = Math.min(ROWS, count - first);
            long from = (long) first * rowBytes;
            MemorySegment.copy(rows, ValueLayout.JAVA_BYTE, from, in, 0, here * rowBytes);
            Arrays.fill(in, here * rowBytes, in.length, (byte) 0);
            for (int row = 0; row < ROWS; row++) {
                int lane = lane(row);
                for (int c = 0; c < rowBytes; c++) {
                    out[c * ROWS + lane] = in[row * rowBytes + c];
                }
            }
            MemorySegment.copy(out, 0, tiles, ValueLayout.JAVA_BYTE, from, out.length);
        }
    }

    /** The inverse of {@link #fromRows}. */
    static byte[] toRows(MemorySegment tiles, int count, int rowBytes) {
        byte[] rows = new byte[Math.multiplyExact(count, rowBytes)];
        for (int row = 0; row < count; row++) {
            long at = offset(row, rowBytes);
            for (int c = 0; c < rowBytes; c++) {
                rows[row * rowBytes + c] = tiles.get(ValueLayout.JAVA_BYTE, at + (long) c * ROWS);
            }
        }
        return rows;
    }
}
