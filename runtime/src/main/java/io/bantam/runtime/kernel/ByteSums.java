package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The last step of look-ups of bytes, {@link Lut4} and {@link Lut6}: 16-bit sums of low and of high bytes of table
 * entries become int32 sums of rows. An entry is {@code low + 2^5 * high}.
 */
final class ByteSums {
    /** Bits of an entry's low byte that are used. */
    static final int LOW_BITS = 5;

    /** The first and third of four bytes. */
    static final int ODD = 0x00ff00ff;

    private static final int TILE = Tiles.ROWS;
    private static final VectorSpecies<Integer> INTS =
            Registers.SHUFFLES_64_BYTES ? IntVector.SPECIES_512 : IntVector.SPECIES_128;
    private static final int INT_LANES = INTS.length();

    private ByteSums() {}

    /**
     * Writes, or adds, the sums of the rows of a register. Scratch has four registers of 16-bit sums from element
     * {@code at} on: of the low bytes, {@code both}, which is the first and third of every four bytes of look-ups plus
     * 256 times the second and fourth, modulo 2^16, and {@code odd}, the second and fourth alone; then the same of the
     * high bytes.
     *
     * @param more whether these are sums of further columns, to be added to what is there
     * @param constant added to every row
     */
    static void add(int[] scratch, int at, int[] sums, int out, boolean more, int constant) {
        IntVector lowBoth = IntVector.fromArray(INTS, scratch, at);
        IntVector lowOdd = IntVector.fromArray(INTS, scratch, at + INT_LANES);
        IntVector highBoth = IntVector.fromArray(INTS, scratch, at + 2 * INT_LANES);
        IntVector highOdd = IntVector.fromArray(INTS, scratch, at + 3 * INT_LANES);
        IntVector first = lowBoth.sub(lowOdd.lanewise(VectorOperators.LSHL, 8))
                .and(0xffff)
                .add(highBoth.sub(highOdd.lanewise(VectorOperators.LSHL, 8))
                        .and(0xffff)
                        .lanewise(VectorOperators.LSHL, LOW_BITS))
                .add(constant);
        IntVector second = lowOdd.and(0xffff)
                .add(highOdd.and(0xffff).lanewise(VectorOperators.LSHL, LOW_BITS))
                .add(constant);
        lowOdd = lowOdd.lanewise(VectorOperators.LSHR, 16);
        highOdd = highOdd.lanewise(VectorOperators.LSHR, 16);
        IntVector third = lowBoth.lanewise(VectorOperators.LSHR, 16)
                .sub(lowOdd.lanewise(VectorOperators.LSHL, 8))
                .and(0xffff)
                .add(highBoth.lanewise(VectorOperators.LSHR, 16)
                        .sub(highOdd.lanewise(VectorOperators.LSHL, 8))
                        .and(0xffff)
                        .lanewise(VectorOperators.LSHL, LOW_BITS))
                .add(constant);
        IntVector fourth =
                lowOdd.add(highOdd.lanewise(VectorOperators.LSHL, LOW_BITS)).add(constant);
        int quarter = TILE / 4;
        if (more) {
            first = first.add(IntVector.fromArray(INTS, sums, out));
            second = second.add(IntVector.fromArray(INTS, sums, out + quarter));
            third = third.add(IntVector.fromArray(INTS, sums, out + 2 * quarter));
            fourth = fourth.add(IntVector.fromArray(INTS, sums, out + 3 * quarter));
        }
        first.intoArray(sums, out);
        second.intoArray(sums, out + quarter);
        third.intoArray(sums, out + 2 * quarter);
        fourth.intoArray(sums, out + 3 * quarter);
    }
}
