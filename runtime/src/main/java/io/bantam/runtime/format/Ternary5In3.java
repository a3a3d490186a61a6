package io.bantam.runtime.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The layout of ternary rows with three codes in five bits. Digits are codes plus one, and three of them are a number
 * {@code d0 + 3 d1 + 9 d2}, 0 to 26. A unit is eight such numbers, n0 to n7, of twenty-four columns, in five bytes, b0
 * to b4:
 *
 * <ul>
 *   <li>n0 to n4 are the low five bits of b0 to b4
 *   <li>n5 is the high three bits of b0 and, above them, bits 5 and 6 of b1; n6 likewise of b2 and b3
 *   <li>n7 is the high three bits of b4, then bit 7 of b1 and bit 7 of b3
 * </ul>
 *
 * <p>That is 1.67 bits a code, where five codes in a byte take 1.6; but a number is an index into a lookup table of
 * sums as it stands.
 */
public final class Ternary5In3 {
    /** Bytes of a unit. */
    public static final int BYTES = 5;

    /** Columns of a unit. */
    public static final int COLUMNS = 24;

    /** Numbers of a unit. */
    public static final int NUMBERS = 8;

    private static final int DIGITS = 3;
    private static final int BITS = 5;
    private static final int MASK = (1 << BITS) - 1;

    /** The largest number: 3^3 - 1. */
    private static final int LARGEST = 26;

    /** Addend for each of eight bytes that brings larger numbers to 32 and more. */
    private static final long ABOVE_LARGEST = 0x0505050505050505L;

    private static final long EACH_MASK = 0x1f1f1f1f1f1f1f1fL;
    private static final long EACH_CARRY = 0x2020202020202020L;
    private static final long EACH_LOW_THREE = 0x0707070707070707L;
    private static final long EACH_HIGH_TWO = 0x1818181818181818L;
    private static final long EACH_FOURTH = 0x0808080808080808L;
    private static final long EACH_FIFTH = 0x1010101010101010L;
    private static final int UNIT_WORDS = BYTES * Tiles.WORDS;
    private static final int UNITS_AT_ONCE = 256;

    private static final int[][] DIGITS_OF = digits();

    private Ternary5In3() {}

    private static int[][] digits() {
        int[][] digits = new int[MASK + 1][];
        for (int number = 0; number <= MASK; number++) {
            digits[number] = new int[] {number % 3, number / 3 % 3, number / 9 % 3};
        }
        return digits;
    }

    /** Bytes of a row of {@code columns} columns: whole units, the last one filled up with digits of 0. */
    public static int rowBytes(int columns) {
        return Math.ceilDiv(columns, COLUMNS) * BYTES;
    }

    /**
     * A digit, 0 to 2.
     *
     * @param unit five bytes, the first one lowest
     * @param column 0 to 23
     */
    public static int digit(long unit, int column) {
        return DIGITS_OF[number(unit, column / DIGITS)][column % DIGITS];
    }

    /** One of the eight numbers of five bytes, the first byte lowest. */
    private static int number(long unit, int index) {
        long bits = switch (index) {
            case 5 -> unit >> 5 & 7 | unit >> 10 & 24;
            case 6 -> unit >> 21 & 7 | unit >> 26 & 24;
            case 7 -> unit >> 37 & 7 | unit >> 12 & 8 | unit >> 27 & 16;
            default -> unit >> index * Byte.SIZE & MASK;
        };
        return (int) bits;
    }

    /** Puts one of the eight numbers in its place. */
    private static long placed(long number, int index) {
        return switch (index) {
            case 5 -> (number & 7) << 5 | (number & 24) << 10;
            case 6 -> (number & 7) << 21 | (number & 24) << 26;
            case 7 -> (number & 7) << 37 | (number & 8) << 12 | (number & 16) << 27;
            default -> number << index * Byte.SIZE;
        };
    }

    /** Turns packed ternary rows of {@link PackLayout} into rows of this layout. */
    public static byte[] fromRows(byte[] packed, int rows, int columns) {
        PackLayout layout = new PackLayout(Scheme.TERNARY, 2);
        int rowBytes = rowBytes(columns);
        byte[] numbers = new byte[Math.multiplyExact(rows, rowBytes)];
        int[] codes = new int[rowBytes / BYTES * COLUMNS];
        Arrays.fill(codes, -1);
        for (int row = 0; row < rows; row++) {
            layout.unpackRow(packed, row * layout.rowBytes(columns), columns, codes, 0);
            int at = row * rowBytes;
            for (int column = 0; column < columns; column += COLUMNS, at += BYTES) {
                long unit = 0;
                for (int i = 0; i < NUMBERS; i++) {
                    int first = column + i * DIGITS;
                    unit |= placed(codes[first] + 3 * codes[first + 1] + 9 * codes[first + 2] + LARGEST / 2, i);
                }
                for (int i = 0; i < BYTES; i++) {
                    numbers[at + i] = (byte) (unit >> i * Byte.SIZE);
                }
            }
        }
        return numbers;
    }

    /** The inverse of {@link #fromRows}. */
    static byte[] toRows(byte[] numbers, int rows, int columns) {
        PackLayout layout = new PackLayout(Scheme.TERNARY, 2);
        byte[] packed = new byte[Math.multiplyExact(rows, layout.rowBytes(columns))];
        int[] codes = new int[columns];
        int at = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column += COLUMNS, at += BYTES) {
                long unit = 0;
                for (int i = BYTES - 1; i >= 0; i--) {
                    unit = unit << Byte.SIZE | numbers[at + i] & 0xff;
                }
                for (int k = column; k < Math.min(columns, column + COLUMNS); k++) {
                    codes[k] = digit(unit, k - column) - 1;
                }
            }
            layout.packRow(codes, 0, columns, packed, row * layout.rowBytes(columns));
        }
        return packed;
    }

    /**
     * Refuses tiles with a number that is none of three ternary digits.
     *
     * @throws IllegalArgumentException with its place
     */
    static void requireDigits(MemorySegment tiles) {
        // Through an array: a loop over a file's memory is slow until it is compiled.
        long[] words = new long[UNITS_AT_ONCE * UNIT_WORDS];
        int unitBytes = UNIT_WORDS * Long.BYTES;
        long units = tiles.byteSize() / unitBytes;
        for (long first = 0; first < units; first += UNITS_AT_ONCE) {
            int count = (int) Math.min(UNITS_AT_ONCE, units - first);
            MemorySegment.copy(tiles, ValueLayout.JAVA_LONG_UNALIGNED, first * unitBytes, words, 0, count * UNIT_WORDS);
            for (int unit = 0; unit < count; unit++) {
                if ((sums(words, unit * UNIT_WORDS) & EACH_CARRY) != 0) {
                    throw new IllegalArgumentException("codes from byte " + (first + unit) * unitBytes
                            + ": expected numbers of three ternary digits (0 to 26), found a larger one");
                }
            }
        }
    }

    /** All numbers of a unit of 64 rows with {@link #ABOVE_LARGEST} added, or-ed together. */
    private static long sums(long[] words, int from) {
        long sums = 0;
        for (int i = from; i < from + Tiles.WORDS; i++) {
            long a = words[i];
            long b = words[i + Tiles.WORDS];
            long c = words[i + 2 * Tiles.WORDS];
            long d = words[i + 3 * Tiles.WORDS];
            long e = words[i + 4 * Tiles.WORDS];
            sums |= (a & EACH_MASK) + ABOVE_LARGEST
                    | (b & EACH_MASK) + ABOVE_LARGEST
                    | (c & EACH_MASK) + ABOVE_LARGEST
                    | (d & EACH_MASK) + ABOVE_LARGEST
                    | (e & EACH_MASK) + ABOVE_LARGEST
                    | joined(a, b) + ABOVE_LARGEST
                    | joined(c, d) + ABOVE_LARGEST
                    | eighth(b, d, e) + ABOVE_LARGEST;
        }
        return sums;
    }

    /**
     * The sixth number of eight rows, a byte each, of their first and second bytes; the seventh of the third and
     * fourth.
     */
    public static long joined(long high, long above) {
        return high >>> 5 & EACH_LOW_THREE | above >>> 2 & EACH_HIGH_TWO;
    }

    /** The eighth number of eight rows, a byte each, of their second, fourth and fifth bytes. */
    public static long eighth(long second, long fourth, long fifth) {
        return fifth >>> 5 & EACH_LOW_THREE | second >>> 4 & EACH_FOURTH | fourth >>> 3 & EACH_FIFTH;
    }
}
