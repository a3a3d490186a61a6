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
 * The product of {@link CodeForm#BINARY}, {@link CodeForm#INT2} or {@link CodeForm#INT3} codes by lookup tables (LUTs)
 * of six bits, where one instruction shuffles 64 bytes. The way is that of {@link Lut4}, but a table has 64 entries,
 * the sums of six columns of 1 bit, three of 2 bits or two of 3 bits. Three bytes of a row are four look-ups instead of
 * six: the low six bits of each, and the high two bits of all three together.
 *
 * <p>Sums have 11 bits; two bytes take four of them.
 */
final class Lut6 implements TileProduct {
    /** Bytes of a row that are looked up together. */
    static final int UNIT = 3;

    private static final int TILE = Tiles.ROWS;
    /** Bytes of a register. */
    private static final int LANES = 64;
    /** Bytes of the tables of a unit: four tables, of low and of high bytes. */
    private static final int UNIT_TABLES = 8 * LANES;

    private static final ByteOrder ORDER = Registers.ORDER;
    /** Tables of a unit. */
    private static final int TABLES = 4;

    private static final int LOW_MASK = (1 << ByteSums.LOW_BITS) - 1;
    private static final short HIGH_MASK = (short) 0xff00;
    private static final int LOW_PAIR = 0x03030303;
    private static final int MIDDLE_PAIR = 0x0c0c0c0c;
    private static final int HIGH_PAIR = 0x30303030;
    /** 16-bit lanes take 257 sums of bytes before they overflow: at most one for each three bytes of a row. */
    private static final int BYTES_PER_SEGMENT = 768;

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final int INT_LANES = IntVector.SPECIES_512.length();

    private final CodeForm form;
    private final int rowBytes;

    /**
     * Makes the product of one form; only if {@link Registers#SHUFFLES_64_BYTES}.
     *
     * @param rowBytes bytes of a row that take part, whole units
     */
    Lut6(CodeForm form, int rowBytes) {
        this.form = form;
        this.rowBytes = rowBytes;
    }

    private static boolean lookedUp(CodeForm form) {
        return form == CodeForm.BINARY || form == CodeForm.INT2 || form == CodeForm.INT3;
    }

    /** What makes every sum at least 0. */
    private static int bias(CodeForm form) {
        return form == CodeForm.INT3 ? 1024 : 768;
    }

    @Override
    public int preparedBytes() {
        return rowBytes / UNIT * UNIT_TABLES;
    }

    // ------------------------------------------------------------------------------------------------------ tables

    /**
     * Where the entries of two tables come from. Two bits have four entries of their own, {@code quads = x[first] *
     * firstFactor + x[second] * secondFactor + bias}, three such quads a table, and an entry of the table is a sum of
     * one of each.
     */
    private record Quads(short[] first, short[] firstFactor, short[] second, short[] secondFactor, short[] bias) {}

    /** By form, for tables 0 and 1 and then for tables 2 and 3. */
    private static final Quads[] QUADS = quads();

    /**
     * By table of two, the entry of the first pair of bits for even and for odd places, of the second and of the third.
     */
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
                    int column = (group < UNIT ? 4 * group + pair : 4 * pair + 3) * 2 / form.bits();
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

    @Override
    public void prepare(short[] x, int xOffset, byte[] prepared, int preparedOffset) {
        prepareHalf(0, x, xOffset, prepared, preparedOffset);
        prepareHalf(1, x, xOffset, prepared, preparedOffset + UNIT_TABLES / 2);
    }

    /** Writes tables 0 and 1 of all units, or tables 2 and 3. */
    private void prepareHalf(int half, short[] x, int xOffset, byte[] tables, int offset) {
        Quads from = QUADS[2 * form.ordinal() + half];
        int columns = form.columns(UNIT);
        int units = rowBytes / UNIT;
        ShortVector first = ShortVector.fromArray(SHORTS, from.first, 0);
        ShortVector firstFactor = ShortVector.fromArray(SHORTS, from.firstFactor, 0);
        ShortVector second = ShortVector.fromArray(SHORTS, from.second, 0);
        ShortVector secondFactor = ShortVector.fromArray(SHORTS, from.secondFactor, 0);
        ShortVector bias = ShortVector.fromArray(SHORTS, from.bias, 0);
        for (int unit = 0; unit < units; unit++) {
            ShortVector inputs = ShortVector.fromArray(SHORTS, x, xOffset + unit * columns);
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
                int at = offset + unit * UNIT_TABLES + table * 2 * LANES;
                even.and((short) LOW_MASK)
                        .or(odd.and((short) LOW_MASK).lanewise(VectorOperators.LSHL, 8))
                        .reinterpretAsBytes()
                        .intoArray(tables, at);
                even.lanewise(VectorOperators.LSHR, ByteSums.LOW_BITS)
                        .or(odd.lanewise(VectorOperators.LSHL, 8 - ByteSums.LOW_BITS)
                                .and(HIGH_MASK))
                        .reinterpretAsBytes()
                        .intoArray(tables, at + LANES);
            }
        }
    }

    // ---------------------------------------------------------------------------------------------------- look-ups

    @Override
    public void multiply(TileRange tiles, PreparedTokens tokens, TileSums sums) {
        for (int token = 0; token < tokens.count; token++) {
            int tables = tokens.offset + token * tokens.stride;
            for (int tile = 0; tile < tiles.count; tile += 2) {
                long at = tiles.offset + tile * tiles.stride;
                // The last of an odd number is worked on twice, as in Lut4.
                long other = tile + 1 < tiles.count ? tiles.stride : 0;
                sumRows(tiles.codes, at, other, tokens.bytes, tables, sums, token * sums.stride + tile * TILE);
            }
        }
    }

    /**
     * Sums of the rows of two tiles; one long method for the reason that {@link Lut4} gives. A second unit written out
     * made it so long that the compilers gave up on it.
     *
     * @param other from a row of the first tile to the same of the second; 0 if there is no second
     * @param table where the token's tables are
     * @param out where the first row's sum goes
     */
    private void sumRows(MemorySegment tiles, long at, long other, byte[] tables, int table, TileSums sums, int out) {
        int rowBytes = this.rowBytes;
        int[] scratch = sums.scratch;
        int biases = rowBytes / UNIT * TABLES * bias(form);
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
            for (int c = from; c < end; c += UNIT) {
                int t = table + c / UNIT * UNIT_TABLES;
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
                        .and(ByteSums.ODD)
                        .reinterpretAsShorts());
                lowBoth2 = lowBoth2.add(low2.reinterpretAsShorts());
                lowOdd2 = lowOdd2.add(low2.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(ByteSums.ODD)
                        .reinterpretAsShorts());
                highBoth = highBoth.add(high.reinterpretAsShorts());
                highOdd = highOdd.add(high.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(ByteSums.ODD)
                        .reinterpretAsShorts());
                highBoth2 = highBoth2.add(high2.reinterpretAsShorts());
                highOdd2 = highOdd2.add(high2.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(ByteSums.ODD)
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
            ByteSums.add(scratch, 0, sums.values, out, from > 0, constant);
            if (other > 0) {
                ByteSums.add(scratch, at4, sums.values, out + TILE, from > 0, constant);
            }
        }
    }
}
