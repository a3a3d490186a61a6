package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Ternary5In3Test {
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
            byte[] numbers = Ternary5In3.fromRows(packed, ROWS, columns);
            int rowBytes = Ternary5In3.rowBytes(columns);
            assertEquals(ROWS * rowBytes, numbers.length);
            for (int row = 0; row < ROWS; row++) {
                for (int k = 0; k < rowBytes / Ternary5In3.BYTES * Ternary5In3.COLUMNS; k++) {
                    long unit = 0;
                    for (int i = Ternary5In3.BYTES - 1; i >= 0; i--) {
                        int at = row * rowBytes + k / Ternary5In3.COLUMNS * Ternary5In3.BYTES + i;
                        unit = unit << Byte.SIZE | numbers[at] & 0xff;
                    }
                    int expected = k < columns ? codes[row * columns + k] + 1 : 0;
                    assertEquals(expected, Ternary5In3.digit(unit, k % Ternary5In3.COLUMNS), "column " + k);
                }
            }
            assertArrayEquals(packed, Ternary5In3.toRows(numbers, ROWS, columns));
        }
    }

    /** Every single bit that makes one of the eight numbers too large is found, wherever it is. */
    @Test
    void numbersAbove26AreRefused() {
        int columns = 400 * Ternary5In3.COLUMNS;
        byte[] packed = new byte[new PackLayout(Scheme.TERNARY, 2).rowBytes(columns)];
        Arrays.fill(packed, (byte) 242);
        byte[] row = Ternary5In3.fromRows(packed, 1, columns);
        byte[] tiles = new byte[Math.toIntExact(Tiles.byteSize(1, row.length))];
        Tiles.fromRows(MemorySegment.ofArray(row), 1, row.length, MemorySegment.ofArray(tiles));
        Ternary5In3.requireDigits(MemorySegment.ofArray(tiles));
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
                    IllegalArgumentException.class, () -> Ternary5In3.requireDigits(MemorySegment.ofArray(tiles)));
            int unit = bit / Byte.SIZE / Ternary5In3.BYTES * Ternary5In3.BYTES * Tiles.ROWS;
            assertTrue(
                    failure.getMessage()
                            .startsWith("codes from byte " + unit + ": expected numbers of three ternary digits"),
                    failure.getMessage());
            tiles[at] &= (byte) ~mask;
            refused++;
        }
        assertEquals(2 * Ternary5In3.NUMBERS * 400, refused);
    }
}
