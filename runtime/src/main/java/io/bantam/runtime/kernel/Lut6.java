package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * As {@link Lut4}, six bits at a time: where 64 bytes are shuffled at once, a table may have 64 entries, the sums of six
 * columns of 1 bit, three of 2 bits or two of 3 bits. Three bytes of a row are four look-ups instead of six: the low six bits of each, and their
 * high pairs together.
 *
 * <p>Sums have 11 bits; two bytes take four of them.
 */
final class Lut6 {
    /** Bytes of a row that are looked up together. */
    private static final int TRIPLE = 3;

    private static final int TILE = Tiles.ROWS;
    /** Bytes of a register. */
    private static final int LANES = 64;
    /** Four tables of low and high bytes. */
    private static final int TRIPLE_BYTES = 8 * LANES;

    private static final ByteOrder ORDER = Lut4.ORDER;
    private static final int GROUPS = 4;
    private static final int LOW_MASK = (1 << Lut4.LOW_BITS) - 1;
    private static final short HIGH_MASK = (short) 0xff00;
    private static final int LOW_PAIR = 0x03030303;
    private static final int MIDDLE_PAIR = 0x0c0c0c0c;
    private static final int HIGH_PAIR = 0x30303030;
    /** 16-bit lanes take 257 sums of bytes before they overflow: at most one for each three bytes of a row. */
    private static final int BYTES_PER_SEGMENT = 768;

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final int INT_LANES = IntVector.SPECIES_512.length();

    private Lut6() {}

    private static boolean lookedUp(CodeForm form) {
        return form == CodeForm.BINARY || form == CodeForm.INT2 || form == CodeForm.INT3;
    }

    /** Whether rows of so many bytes can be looked up this way; the same for their tables and their codes. */
    static boolean fits(CodeForm form, int rowBytes) {
        return Lut4.shufflesLong() && lookedUp(form) && rowBytes % TRIPLE == 0;
    }

    /** Bytes of the tables of so many bytes of a row. */
    static int preparedBytes(int rowBytes) {
        return rowBytes / TRIPLE * TRIPLE_BYTES;
    }

    private static int bias(CodeForm form) {
        return switch (form) {
            case INT3 -> 1024;
            default -> 768;
        };
    }

    // ------------------------------------------------------------------------------------------------------ tables

    /**
     * Where the entries of two tables come from. Two bits have four entries of their own, {@code quads = x[first] * firstFactor +
     * x[second] * secondFactor + bias}, three such quads a table, and an entry of the table is a sum of one of each.
     */
    private record Quads(short[] first, short[] firstFactor, short[] second, short[] secondFactor, short[] bias) {}

    /** By form, for tables 0 and 1 and then for tables 2 and 3. */
    private static final Quads[] QUADS = quads();

    /** By table of two, the entry of the first pair of bits for even and for odd places, of the second and of the third. */
    private static final short[] PICKS = picks();

    private static Quads[] quads() {
        Quads[] all = new Quads[2 * CodeForm.values().length];
        for (CodeForm form : CodeForm.values()) {
            for (int half = 0; half < 2 && lookedUp(form); half++) {
                Quads quads = new Quads(new short[32], new short[32], new short[32], new short[32], new short[32]);
                for (int lane = 0; lane < 24; lane++) {
                    int group = 2 * half + lane / 12;
                    int pair = lane / 4 % 3;
                    int entry = lane % 4;
                    // Bytes have four pairs of bits; the fourth table takes the last of each byte.
                    int column = (group < TRIPLE ? 4 * group + pair : 4 * pair + 3) * 2 / form.bits();
                    switch (form) {
                        case BINARY -> {
                            quads.firstFactor[lane] = (short) (entry & 1);
                            quads.second[lane] = (short) (column + 1);
                            quads.secondFactor[lane] = (short) (entry >> 1);
                        }
                        case INT3 -> {
                            // The low two bits of a column, its high one and the low one of the next, the high two of
                            // that.
                            column = 2 * group + pair / 2;
                            quads.firstFactor[lane] =
                                    (short) (pair == 0 ? entry - form.base() : pair == 1 ? 4 * (entry & 1) : 2 * entry);
                            quads.second[lane] = (short) (column + 1);
                            quads.secondFactor[lane] = (short) (pair == 1 ? (entry >> 1) - form.base() : 0);
                        }
                        default -> quads.firstFactor[lane] = (short) (entry - form.base());
                    }
                    quads.first[lane] = (short) column;
                    quads.bias[lane] = (short) (pair == 0 ? bias(form) : 0);
                }
                all[2 * form.ordinal() + half] = quads;
            }
        }
        return all;
    }

    private static short[] picks() {
        short[] picks = new short[2 * 4 * 32];
        for (int table = 0; table < 2; table++) {
            for (int i = 0; i < 32; i++) {
                int at = table * 4 * 32 + i;
                picks[at] = (short) (12 * table + (2 * i & 3));
                picks[at + 32] = (short) (12 * table + (2 * i + 1 & 3));
                picks[at + 64] = (short) (12 * table + 4 + (i >> 1 & 3));
                picks[at + 96] = (short) (12 * table + 8 + (i >> 3));
            }
        }
        return picks;
    }

    /** As {@link Kernels#prepare}. */
    static void prepare(CodeForm form, short[] x, int xOffset, int rowBytes, byte[] tables, int offset) {
        int columns = form.columns(TRIPLE);
        for (int half = 0; half < 2; half++) {
            prepare(
                    QUADS[2 * form.ordinal() + half],
                    columns,
                    x,
                    xOffset,
                    rowBytes / TRIPLE,
                    tables,
                    offset + half * TRIPLE_BYTES / 2);
        }
    }

    private static void prepare(
            Quads form, int columns, short[] x, int xOffset, int triples, byte[] tables, int offset) {
        ShortVector first = ShortVector.fromArray(SHORTS, form.first, 0);
        ShortVector firstFactor = ShortVector.fromArray(SHORTS, form.firstFactor, 0);
        ShortVector second = ShortVector.fromArray(SHORTS, form.second, 0);
        ShortVector secondFactor = ShortVector.fromArray(SHORTS, form.secondFactor, 0);
        ShortVector bias = ShortVector.fromArray(SHORTS, form.bias, 0);
        for (int triple = 0; triple < triples; triple++) {
            ShortVector inputs = ShortVector.fromArray(SHORTS, x, xOffset + triple * columns);
            ShortVector quads = first.selectFrom(inputs)
                    .mul(firstFactor)
                    .add(second.selectFrom(inputs).mul(secondFactor))
                    .add(bias);
            for (int table = 0; table < 2; table++) {
                int picks = table * 4 * 32;
                ShortVector rest = ShortVector.fromArray(SHORTS, PICKS, picks + 64)
                        .selectFrom(quads)
                        .add(ShortVector.fromArray(SHORTS, PICKS, picks + 96).selectFrom(quads));
                ShortVector even = ShortVector.fromArray(SHORTS, PICKS, picks)
                        .selectFrom(quads)
                        .add(rest);
                ShortVector odd = ShortVector.fromArray(SHORTS, PICKS, picks + 32)
                        .selectFrom(quads)
                        .add(rest);
                int at = offset + triple * TRIPLE_BYTES + table * 2 * LANES;
                even.and((short) LOW_MASK)
                        .or(odd.and((short) LOW_MASK).lanewise(VectorOperators.LSHL, 8))
                        .reinterpretAsBytes()
                        .intoArray(tables, at);
                even.lanewise(VectorOperators.LSHR, Lut4.LOW_BITS)
                        .or(odd.lanewise(VectorOperators.LSHL, 8 - Lut4.LOW_BITS)
                                .and(HIGH_MASK))
                        .reinterpretAsBytes()
                        .intoArray(tables, at + LANES);
            }
        }
    }

    // ---------------------------------------------------------------------------------------------------- look-ups

    /** As {@link Kernels#tileSums}. */
    static void tileSums(
            CodeForm form,
            MemorySegment tiles,
            long tilesOffset,
            long tileStride,
            int tileCount,
            int rowBytes,
            int tokens,
            byte[] tables,
            int tablesOffset,
            int tablesStride,
            int[] sums,
            int sumsOffset,
            int sumsStride,
            int[] scratch) {
        int biases = rowBytes / TRIPLE * GROUPS * bias(form);
        for (int token = 0; token < tokens; token++) {
            for (int tile = 0; tile < tileCount; tile += 2) {
                boolean both = tile + 1 < tileCount;
                sumRows(
                        tiles,
                        tilesOffset + tile * tileStride,
                        both ? tileStride : 0,
                        rowBytes,
                        tables,
                        tablesOffset + token * tablesStride,
                        sums,
                        sumsOffset + token * sumsStride + tile * TILE,
                        both ? TILE : 0,
                        biases,
                        scratch);
            }
        }
    }

    /**
     * As {@link Lut4}'s, and one long method for the same reason. A second triple written out made it so long that the
     * compilers gave up on it.
     */
    private static void sumRows(
            MemorySegment tiles,
            long at,
            long other,
            int rowBytes,
            byte[] tables,
            int table,
            int[] sums,
            int out,
            int otherOut,
            int biases,
            int[] scratch) {
        for (int from = 0; from < rowBytes; from += BYTES_PER_SEGMENT) {
            int end = Math.min(rowBytes, from + BYTES_PER_SEGMENT);
            ShortVector lowBoth = ShortVector.zero(SHORTS);
            ShortVector lowOdd = lowBoth;
            ShortVector highBoth = lowBoth;
            ShortVector highOdd = lowBoth;
            ShortVector lowBoth2 = lowBoth;
            ShortVector lowOdd2 = lowBoth;
            ShortVector highBoth2 = lowBoth;
            ShortVector highOdd2 = lowBoth;
            for (int c = from; c < end; c += TRIPLE) {
                int t = table + c / TRIPLE * TRIPLE_BYTES;
                long code = at + (long) c * TILE;
                long code2 = code + other;
                ByteVector first = ByteVector.fromMemorySegment(BYTES, tiles, code, ORDER);
                ByteVector first2 = ByteVector.fromMemorySegment(BYTES, tiles, code2, ORDER);
                ByteVector entries = ByteVector.fromArray(BYTES, tables, t);
                ByteVector low = first.selectFrom(entries);
                ByteVector low2 = first2.selectFrom(entries);
                entries = ByteVector.fromArray(BYTES, tables, t + LANES);
                ByteVector high = first.selectFrom(entries);
                ByteVector high2 = first2.selectFrom(entries);
                ByteVector second = ByteVector.fromMemorySegment(BYTES, tiles, code + TILE, ORDER);
                ByteVector second2 = ByteVector.fromMemorySegment(BYTES, tiles, code2 + TILE, ORDER);
                entries = ByteVector.fromArray(BYTES, tables, t + 2 * LANES);
                low = low.add(second.selectFrom(entries));
                low2 = low2.add(second2.selectFrom(entries));
                entries = ByteVector.fromArray(BYTES, tables, t + 3 * LANES);
                high = high.add(second.selectFrom(entries));
                high2 = high2.add(second2.selectFrom(entries));
                ByteVector third = ByteVector.fromMemorySegment(BYTES, tiles, code + 2 * TILE, ORDER);
                ByteVector third2 = ByteVector.fromMemorySegment(BYTES, tiles, code2 + 2 * TILE, ORDER);
                entries = ByteVector.fromArray(BYTES, tables, t + 4 * LANES);
                low = low.add(third.selectFrom(entries));
                low2 = low2.add(third2.selectFrom(entries));
                entries = ByteVector.fromArray(BYTES, tables, t + 5 * LANES);
                high = high.add(third.selectFrom(entries));
                high2 = high2.add(third2.selectFrom(entries));
                first = first.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 6)
                        .and(LOW_PAIR)
                        .or(second.reinterpretAsInts()
                                .lanewise(VectorOperators.LSHR, 4)
                                .and(MIDDLE_PAIR))
                        .or(third.reinterpretAsInts()
                                .lanewise(VectorOperators.LSHR, 2)
                                .and(HIGH_PAIR))
                        .reinterpretAsBytes();
                first2 = first2.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 6)
                        .and(LOW_PAIR)
                        .or(second2.reinterpretAsInts()
                                .lanewise(VectorOperators.LSHR, 4)
                                .and(MIDDLE_PAIR))
                        .or(third2.reinterpretAsInts()
                                .lanewise(VectorOperators.LSHR, 2)
                                .and(HIGH_PAIR))
                        .reinterpretAsBytes();
                entries = ByteVector.fromArray(BYTES, tables, t + 6 * LANES);
                low = low.add(first.selectFrom(entries));
                low2 = low2.add(first2.selectFrom(entries));
                entries = ByteVector.fromArray(BYTES, tables, t + 7 * LANES);
                high = high.add(first.selectFrom(entries));
                high2 = high2.add(first2.selectFrom(entries));
                lowBoth = lowBoth.add(low.reinterpretAsShorts());
                lowOdd = lowOdd.add(low.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(Lut4.ODD)
                        .reinterpretAsShorts());
                lowBoth2 = lowBoth2.add(low2.reinterpretAsShorts());
                lowOdd2 = lowOdd2.add(low2.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(Lut4.ODD)
                        .reinterpretAsShorts());
                highBoth = highBoth.add(high.reinterpretAsShorts());
                highOdd = highOdd.add(high.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(Lut4.ODD)
                        .reinterpretAsShorts());
                highBoth2 = highBoth2.add(high2.reinterpretAsShorts());
                highOdd2 = highOdd2.add(high2.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(Lut4.ODD)
                        .reinterpretAsShorts());
            }
            int at4 = 4 * INT_LANES;
            lowBoth.reinterpretAsInts().intoArray(scratch, 0);
            lowOdd.reinterpretAsInts().intoArray(scratch, INT_LANES);
            highBoth.reinterpretAsInts().intoArray(scratch, 2 * INT_LANES);
            highOdd.reinterpretAsInts().intoArray(scratch, 3 * INT_LANES);
            lowBoth2.reinterpretAsInts().intoArray(scratch, at4);
            lowOdd2.reinterpretAsInts().intoArray(scratch, at4 + INT_LANES);
            highBoth2.reinterpretAsInts().intoArray(scratch, at4 + 2 * INT_LANES);
            highOdd2.reinterpretAsInts().intoArray(scratch, at4 + 3 * INT_LANES);
            int constant = from == 0 ? -biases : 0;
            Lut4.join(scratch, 0, sums, out, from > 0, constant);
            if (otherOut > 0) {
                Lut4.join(scratch, at4, sums, out + otherOut, from > 0, constant);
            }
        }
    }
}
