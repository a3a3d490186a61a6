package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Indices of five bits out of a tile's bytes, for {@link Lut5} with several tokens: a byte each first, then two of them
 * in the halves of 16 bits. A register has one byte of all 64 rows.
 */
final class Lut5Indices {
    // What an index takes of the high bits of its bytes, in every byte of 32 bits.
    static final int LOW_THREE = 0x07070707;
    static final int HIGH_TWO = 0x18181818;
    static final int FOURTH = 0x08080808;
    static final int FIFTH = 0x10101010;

    private static final int EVEN_BYTES = 0x00ff00ff;
    private static final int ODD_BYTES = 0xff00ff00;

    private static final int TILE = Tiles.ROWS;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int INT_LANES = INTS.length();
    /** Integers of two indices of a tile. */
    static final int PAIR_WORDS = 2 * INT_LANES;

    private Lut5Indices() {}

    /*
     * Vectors are not handed from method to method here: this is part of so large a method that the compiler may leave
     * out calls other than the Vector API's own, and vectors would become objects.
     */

    /** Writes the eight indices of each five bytes of ternary codes, {@link io.bantam.runtime.format.Ternary5In3}. */
    static void ternary(MemorySegment tiles, long at, int bytes, int[] words, int out) {
        int to = out;
        for (int c = 0; c < bytes; c += Lut5Tables.TERNARY_UNIT, to += 8 * INT_LANES) {
            long in = at + (long) c * TILE;
            IntVector first = IntVector.fromMemorySegment(INTS, tiles, in, Registers.ORDER);
            IntVector second = IntVector.fromMemorySegment(INTS, tiles, in + TILE, Registers.ORDER);
            IntVector third = IntVector.fromMemorySegment(INTS, tiles, in + 2 * TILE, Registers.ORDER);
            IntVector fourth = IntVector.fromMemorySegment(INTS, tiles, in + 3 * TILE, Registers.ORDER);
            IntVector fifth = IntVector.fromMemorySegment(INTS, tiles, in + 4 * TILE, Registers.ORDER);
            first.intoArray(words, to);
            second.intoArray(words, to + INT_LANES);
            third.intoArray(words, to + 2 * INT_LANES);
            fourth.intoArray(words, to + 3 * INT_LANES);
            fifth.intoArray(words, to + 4 * INT_LANES);
            first.lanewise(VectorOperators.LSHR, 5)
                    .and(LOW_THREE)
                    .or(second.lanewise(VectorOperators.LSHR, 2).and(HIGH_TWO))
                    .intoArray(words, to + 5 * INT_LANES);
            third.lanewise(VectorOperators.LSHR, 5)
                    .and(LOW_THREE)
                    .or(fourth.lanewise(VectorOperators.LSHR, 2).and(HIGH_TWO))
                    .intoArray(words, to + 6 * INT_LANES);
            fifth.lanewise(VectorOperators.LSHR, 5)
                    .and(LOW_THREE)
                    .or(second.lanewise(VectorOperators.LSHR, 4).and(FOURTH))
                    .or(fourth.lanewise(VectorOperators.LSHR, 3).and(FIFTH))
                    .intoArray(words, to + 7 * INT_LANES);
        }
        joinPairs(words, out, to);
    }

    /**
     * Writes the five indices of each three bytes of 1-bit codes; the odd one out of the first three makes a pair with
     * the first of the next.
     */
    static void binary(MemorySegment tiles, long at, int bytes, int[] words, int out) {
        int to = out;
        for (int c = 0; c < bytes; c += Lut5Tables.BINARY_UNIT, to += 5 * INT_LANES) {
            long in = at + (long) c * TILE;
            IntVector first = IntVector.fromMemorySegment(INTS, tiles, in, Registers.ORDER);
            IntVector second = IntVector.fromMemorySegment(INTS, tiles, in + TILE, Registers.ORDER);
            IntVector third = IntVector.fromMemorySegment(INTS, tiles, in + 2 * TILE, Registers.ORDER);
            first.intoArray(words, to);
            second.intoArray(words, to + INT_LANES);
            third.intoArray(words, to + 2 * INT_LANES);
            first.lanewise(VectorOperators.LSHR, 5)
                    .and(LOW_THREE)
                    .or(second.lanewise(VectorOperators.LSHR, 2).and(HIGH_TWO))
                    .intoArray(words, to + 3 * INT_LANES);
            second.lanewise(VectorOperators.LSHR, 7)
                    .and(0x01010101)
                    .or(third.lanewise(VectorOperators.LSHR, 4).and(0x0e0e0e0e))
                    .intoArray(words, to + 4 * INT_LANES);
        }
        joinPairs(words, out, to);
    }

    /**
     * Turns two bytes of indices into the halves of 16 bits, in place: those of the even places, then of the odd ones.
     */
    private static void joinPairs(int[] words, int from, int to) {
        for (int at = from; at < to; at += PAIR_WORDS) {
            IntVector low = IntVector.fromArray(INTS, words, at);
            IntVector high = IntVector.fromArray(INTS, words, at + INT_LANES);
            low.and(EVEN_BYTES)
                    .or(high.and(EVEN_BYTES).lanewise(VectorOperators.LSHL, 8))
                    .intoArray(words, at);
            low.lanewise(VectorOperators.LSHR, 8)
                    .and(EVEN_BYTES)
                    .or(high.and(ODD_BYTES))
                    .intoArray(words, at + INT_LANES);
        }
    }
}
