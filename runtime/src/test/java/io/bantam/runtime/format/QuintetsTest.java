package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QuintetsTest {
    private static final int ROWS = 3;

    @Test
    void digitsAreTheCodesPlusOne() {
        for (int columns : new int[] {1, 2, 5, 23, 24, 25, 48, 120, 121, 768}) {
            int[] codes = new Random(columns).ints((long) ROWS * columns, -1, 2).toArray();
            PackLayout layout = new PackLayout(Scheme.TERNARY, 2);
            byte[] packed = new byte[ROWS * layout.rowBytes(columns)];
            for (int row = 0; row < ROWS; row++) {
                layout.packRow(codes, row * columns, columns, packed, row * layout.rowBytes(columns));
            }
            byte[] quintets = Quintets.fromRows(packed, ROWS, columns);
            int rowBytes = Quintets.rowBytes(columns);
            assertEquals(ROWS * rowBytes, quintets.length);
            for (int row = 0; row < ROWS; row++) {
                for (int k = 0; k < rowBytes / Quintets.BYTES * Quintets.COLUMNS; k++) {
                    long unit = 0;
                    for (int i = Quintets.BYTES - 1; i >= 0; i--) {
                        int at = row * rowBytes + k / Quintets.COLUMNS * Quintets.BYTES + i;
                        unit = unit << Byte.SIZE | quintets[at] & 0xff;
                    }
                    int expected = k < columns ? codes[row * columns + k] + 1 : 0;
                    assertEquals(expected, Quintets.digit(unit, k % Quintets.COLUMNS), "column " + k);
                }
            }
            assertArrayEquals(packed, Quintets.toRows(quintets, ROWS, columns));
        }
    }

    /** Every single bit that makes one of the eight numbers too large is found, wherever it is. */
    @Test
    void numbersAbove26AreRefused() {
        int columns = 400 * Quintets.COLUMNS;
        byte[] packed = new byte[new PackLayout(Scheme.TERNARY, 2).rowBytes(columns)];
        Arrays.fill(packed, (byte) 242);
        byte[] row = Quintets.fromRows(packed, 1, columns);
        byte[] tiles = new byte[Math.toIntExact(Tiles.byteSize(1, row.length))];
        Tiles.fromRows(MemorySegment.ofArray(row), 1, row.length, MemorySegment.ofArray(tiles));
        Quintets.requireDigits(MemorySegment.ofArray(tiles));
        int refused = 0;
        for (int bit = 0; bit < row.length * Byte.SIZE; bit++) {
            int at = bit / Byte.SIZE * Tiles.ROWS;
            int mask = 1 << bit % Byte.SIZE;
            if ((tiles[at] & mask) != 0) {
                continue;
            }
            tiles[at] |= (byte) mask;
            // 26 is 11010 in binary: every bit that is not set makes it 27 or 30.
            IllegalArgumentException failure = assertThrows(
                    IllegalArgumentException.class, () -> Quintets.requireDigits(MemorySegment.ofArray(tiles)));
            int unit = bit / Byte.SIZE / Quintets.BYTES * Quintets.BYTES * Tiles.ROWS;
            assertTrue(
                    failure.getMessage()
                            .startsWith("codes from byte " + unit + ": expected numbers of three ternary digits"),
                    failure.getMessage());
            tiles[at] &= (byte) ~mask;
            refused++;
        }
        assertEquals(2 * Quintets.NUMBERS * 400, refused);
    }
}
