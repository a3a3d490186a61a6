package io.bantam.runtime.kernel;

import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.Ternary5In3;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The conversion of ternary codes, as a file may have them, to tiles of {@link CodeForm#TERNARY_2BIT}, one tile at a
 * time: for registers that are too short for the lookup tables of {@link CodeForm#TERNARY_5IN3}.
 */
final class Ternary2BitTiles {
    /**
     * For each byte of five ternary digits, five digits of 2 bits; 256 entries, so that the compiler sees that no byte
     * is out of bounds.
     */
    private static final int[] TWO_BITS_OF_FIVE = twoBitsOfFive();

    /** Bytes of 24 digits of 2 bits. */
    private static final int TWO_BIT_UNIT = 6;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    /** 1 in each byte. */
    private static final long EACH = 0x0101010101010101L;

    private Ternary2BitTiles() {}

    private static int[] twoBitsOfFive() {
        int[] pairs = new int[256];
        for (int code = 0; code < 243; code++) {
            for (int rest = code, bit = 0; rest > 0; rest /= 3, bit += 2) {
                pairs[code] |= rest % 3 << bit;
            }
        }
        return pairs;
    }

    /** Converts rows of {@link PackLayout}, five digits a byte. */
    static void fromRows(MemorySegment stored, int rows, int columns, MemorySegment tiles) {
        int rowBytes = new PackLayout(Scheme.TERNARY, 2).rowBytes(columns);
        int stride = CodeForm.TERNARY_2BIT.rowBytes(columns);
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
            long digits = TWO_BITS_OF_FIVE[in[c] & 0xff]
                    | (long) TWO_BITS_OF_FIVE[in[c + 1] & 0xff] << 10
                    | (long) TWO_BITS_OF_FIVE[in[c + 2] & 0xff] << 20
                    | (long) TWO_BITS_OF_FIVE[in[c + 3] & 0xff] << 30;
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
            digits |= (long) TWO_BITS_OF_FIVE[in[c] & 0xff] << shift;
        }
        for (; at < stride * Tiles.ROWS; at += Tiles.ROWS, digits >>= 8) {
            tile[at] = (byte) digits;
        }
    }

    /**
     * Converts tiles of {@link CodeForm#TERNARY_5IN3}. Eight rows are in a 64-bit word, a byte each, and are converted
     * together.
     */
    static void from5In3(MemorySegment packed, int rows, int columns, MemorySegment tiles) {
        int inWords = CodeForm.TERNARY_5IN3.rowBytes(columns) * Tiles.WORDS;
        int outWords = CodeForm.TERNARY_2BIT.rowBytes(columns) * Tiles.WORDS;
        long[] in = new long[inWords];
        // Whole units, of which the tile may take only the first bytes.
        long[] out = new long[inWords / Ternary5In3.BYTES * TWO_BIT_UNIT];
        for (int tile = 0; tile < Math.ceilDiv(rows, Tiles.ROWS); tile++) {
            MemorySegment.copy(packed, LONG, (long) tile * inWords * Long.BYTES, in, 0, inWords);
            for (int at = 0, to = 0;
                    at < inWords;
                    at += Ternary5In3.BYTES * Tiles.WORDS, to += TWO_BIT_UNIT * Tiles.WORDS) {
                for (int i = 0; i < Tiles.WORDS; i++) {
                    spreadUnit(in, at + i, out, to + i);
                }
            }
            MemorySegment.copy(out, 0, tiles, LONG, (long) tile * outWords * Long.BYTES, outWords);
        }
    }

    private static void spreadUnit(long[] in, int at, long[] out, int to) {
        long a = in[at];
        long b = in[at + Tiles.WORDS];
        long c = in[at + 2 * Tiles.WORDS];
        long d = in[at + 3 * Tiles.WORDS];
        long e = in[at + 4 * Tiles.WORDS];
        spreadFour(
                twoBits(a & EACH * 31),
                twoBits(b & EACH * 31),
                twoBits(c & EACH * 31),
                twoBits(d & EACH * 31),
                out,
                to);
        spreadFour(
                twoBits(e & EACH * 31),
                twoBits(Ternary5In3.joined(a, b)),
                twoBits(Ternary5In3.joined(c, d)),
                twoBits(Ternary5In3.eighth(b, d, e)),
                out,
                to + TWO_BIT_UNIT / 2 * Tiles.WORDS);
    }

    /** Three digits of 2 bits for each number of three ternary digits, by comparing; sums stay within their bytes. */
    private static long twoBits(long numbers) {
        long third = atLeast(numbers, 9) + atLeast(numbers, 18);
        long rest = numbers - 9 * third;
        long second = atLeast(rest, 3) + atLeast(rest, 6);
        return rest - 3 * second | second << 2 | third << 4;
    }

    /** 1 in the bytes that are a value or more. */
    private static long atLeast(long numbers, int value) {
        return numbers + EACH * (128 - value) >>> 7 & EACH;
    }

    /** Writes four times six bits in three bytes. */
    private static void spreadFour(long a, long b, long c, long d, long[] out, int to) {
        out[to] = a | (b & EACH * 3) << 6;
        out[to + Tiles.WORDS] = b >>> 2 & EACH * 15 | (c & EACH * 15) << 4;
        out[to + 2 * Tiles.WORDS] = c >>> 4 & EACH * 3 | d << 2;
    }
}
