package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of {@link CodeForm#BINARY}, {@link CodeForm#TERNARY_2BIT} or {@link CodeForm#INT2} codes by lookup tables
 * (LUTs) of four bits, after T-MAC (arXiv:2407.00088): for every four bits of a row, four columns of 1 bit or two of 2
 * bits, the 16 sums that they can make with a token's codes are computed once, and each row then only looks its four
 * bits up. One byte shuffle looks up 16 or 64 rows.
 *
 * <p>A sum has 10 bits once a bias made it positive. It is stored as two bytes, the low 5 bits and the others, which
 * are added up as bytes eight times before 16-bit and finally 32-bit lanes take over: the results are exact.
 *
 * <p>Measured on one thread of a Xeon with AVX-512 VBMI, 2304 x 768: 137 GMAC/s for 1 bit, where bit planes of the
 * activations (and, BIT_COUNT, add per plane) reach 83. Without VBMI the compiler has no single instruction for
 * shuffles of more than 16 bytes, so 128-bit registers are used there: 26 GMAC/s with AVX2 against 6 to 11 of bit
 * planes.
 */
final class Lut4 implements TileProduct {
    private static final ByteOrder ORDER = Registers.ORDER;

    /** Rows of a tile. */
    private static final int TILE = Tiles.ROWS;

    private static final VectorSpecies<Byte> BYTES =
            Registers.SHUFFLES_64_BYTES ? ByteVector.SPECIES_512 : ByteVector.SPECIES_128;
    private static final int LANES = BYTES.length();
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, BYTES.vectorShape());
    private static final int SHORT_LANES = SHORTS.length();
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, BYTES.vectorShape());
    private static final int INT_LANES = INTS.length();
    /** Bytes of the tables of a byte of a row: two tables for each half, of low and of high bytes of sums. */
    private static final int TABLE_BYTES = 4 * LANES;

    private static final int LOW_BITS = ByteSums.LOW_BITS;
    /** What makes every sum of {@code (d - base) * x} over four bits, x from -128 to 127, at least 0. */
    private static final short BIAS = 512;
    /** Bytes of columns between widenings. */
    private static final int RUN = 4;
    /** A sum becomes a pair of bytes: the low 5 bits, then the others. */
    private static final short LOW_MASK = (1 << LOW_BITS) - 1;

    private static final short HIGH_MASK = (short) 0xff00;
    /** 16-bit lanes take 257 sums of bytes before they overflow. */
    private static final int RUNS_PER_SEGMENT = 256;

    /** The first and third of four bytes. */
    private static final int ODD = ByteSums.ODD;

    private final CodeForm form;
    private final int rowBytes;

    /**
     * Makes the product of one form.
     *
     * @param rowBytes bytes of a row that take part
     */
    Lut4(CodeForm form, int rowBytes) {
        this.form = form;
        this.rowBytes = rowBytes;
    }

    private static boolean fits(CodeForm form) {
        return switch (form) {
            case BINARY, TERNARY_2BIT, INT2 -> true;
            case TERNARY_5IN3, INT3, INT4 -> false;
        };
    }

    /** Columns in half a byte. */
    private static int columnsPerHalf(CodeForm form) {
        return form.unitColumns() / 2;
    }

    /** Bits of a register of look-ups. */
    static int bits() {
        return BYTES.vectorBitSize();
    }

    @Override
    public int preparedBytes() {
        return rowBytes * TABLE_BYTES;
    }

    // ------------------------------------------------------------------------------------------------------ tables

    /**
     * Where the parts of a table come from, for registers of 512 bits. Eight pairs of bits at a time: {@code quads =
     * x[first] * firstFactor + x[second] * secondFactor + bias} gives four entries for each; an entry of four bits is
     * the sum of one of each pair.
     */
    private record TableShuffles(
            short[] first, short[] firstFactor, short[] second, short[] secondFactor, short[] bias) {}

    /** For entries 0 to 15 of tables 2 p and 2 p + 1, the lane of the low and of the high pair of bits. */
    private static final short[] LOW_HALF = new short[2 * 32];

    private static final short[] HIGH_HALF = new short[2 * 32];

    /** The tables of low and high bytes of both halves of a byte, each four times over. */
    private static final byte[] SPREAD = new byte[4 * 64];

    /** By form; made after the arrays above, which it fills. */
    private static final TableShuffles[] SHUFFLES = shuffles();

    /** By form, for registers of 128 bits: what the even entries of a table multiply its columns with, four of them. */
    private static final short[][] EVEN_FACTORS = evenFactors();

    private static short[][] evenFactors() {
        short[][] all = new short[CodeForm.values().length][4 * 8];
        for (CodeForm form : CodeForm.values()) {
            for (int i = 0; fits(form) && i < 8 * columnsPerHalf(form); i++) {
                int digit = 2 * (i % 8) >> i / 8 * form.bits() & (1 << form.bits()) - 1;
                all[form.ordinal()][i] = (short) (digit - form.base());
            }
        }
        return all;
    }

    private static TableShuffles[] shuffles() {
        TableShuffles[] all = new TableShuffles[CodeForm.values().length];
        for (CodeForm form : CodeForm.values()) {
            TableShuffles of =
                    new TableShuffles(new short[32], new short[32], new short[32], new short[32], new short[32]);
            for (int lane = 0; lane < 32; lane++) {
                int half = lane / 4;
                int entry = lane % 4;
                switch (form) {
                    case BINARY -> {
                        of.first[lane] = (short) (2 * half);
                        of.firstFactor[lane] = (short) (entry & 1);
                        of.second[lane] = (short) (2 * half + 1);
                        of.secondFactor[lane] = (short) (entry >> 1);
                    }
                    case TERNARY_2BIT, INT2 -> {
                        of.first[lane] = (short) half;
                        of.firstFactor[lane] = (short) (entry - form.base());
                    }
                    case TERNARY_5IN3, INT3, INT4 -> {
                        // Not looked up here.
                    }
                }
                of.bias[lane] = half % 2 == 0 ? BIAS : 0;
            }
            all[form.ordinal()] = of;
        }
        for (int i = 0; i < 64; i++) {
            int part = i / 16;
            LOW_HALF[i] = (short) (8 * part + i % 4);
            HIGH_HALF[i] = (short) (8 * part + 4 + i % 16 / 4);
            for (int table = 0; table < 4; table++) {
                SPREAD[64 * table + i] = (byte) (32 * (table / 2) + 2 * (i % 16) + table % 2);
            }
        }
        return all;
    }

    @Override
    public void prepare(short[] x, int xOffset, byte[] prepared, int preparedOffset) {
        if (Registers.SHUFFLES_64_BYTES) {
            prepareLong(x, xOffset, prepared, preparedOffset);
        } else {
            prepareShort(x, xOffset, prepared, preparedOffset);
        }
    }

    private void prepareLong(short[] x, int xOffset, byte[] tables, int offset) {
        TableShuffles from = SHUFFLES[form.ordinal()];
        int columnsPerByte = form.unitColumns();
        ShortVector first = ShortVector.fromArray(SHORTS, from.first, 0);
        ShortVector firstFactor = ShortVector.fromArray(SHORTS, from.firstFactor, 0);
        ShortVector second = ShortVector.fromArray(SHORTS, from.second, 0);
        ShortVector secondFactor = ShortVector.fromArray(SHORTS, from.secondFactor, 0);
        ShortVector bias = ShortVector.fromArray(SHORTS, from.bias, 0);
        ShortVector low = ShortVector.fromArray(SHORTS, LOW_HALF, 0);
        ShortVector low2 = ShortVector.fromArray(SHORTS, LOW_HALF, 32);
        ShortVector high = ShortVector.fromArray(SHORTS, HIGH_HALF, 0);
        ShortVector high2 = ShortVector.fromArray(SHORTS, HIGH_HALF, 32);
        ByteVector spread0 = ByteVector.fromArray(BYTES, SPREAD, 0);
        ByteVector spread1 = ByteVector.fromArray(BYTES, SPREAD, 64);
        ByteVector spread2 = ByteVector.fromArray(BYTES, SPREAD, 128);
        ByteVector spread3 = ByteVector.fromArray(BYTES, SPREAD, 192);
        for (int c = 0; c < rowBytes; c += 2) {
            ShortVector columns = ShortVector.fromArray(SHORTS, x, xOffset + c * columnsPerByte);
            ShortVector quads = first.selectFrom(columns)
                    .mul(firstFactor)
                    .add(second.selectFrom(columns).mul(secondFactor))
                    .add(bias);
            int at = offset + c * TABLE_BYTES;
            ShortVector both = low.selectFrom(quads).add(high.selectFrom(quads));
            ByteVector entries = both.and(LOW_MASK)
                    .or(both.lanewise(VectorOperators.LSHL, 8 - LOW_BITS).and(HIGH_MASK))
                    .reinterpretAsBytes();
            spread0.selectFrom(entries).intoArray(tables, at);
            spread1.selectFrom(entries).intoArray(tables, at + 64);
            spread2.selectFrom(entries).intoArray(tables, at + 128);
            spread3.selectFrom(entries).intoArray(tables, at + 192);
            if (c + 1 < rowBytes) {
                both = low2.selectFrom(quads).add(high2.selectFrom(quads));
                entries = both.and(LOW_MASK)
                        .or(both.lanewise(VectorOperators.LSHL, 8 - LOW_BITS).and(HIGH_MASK))
                        .reinterpretAsBytes();
                spread0.selectFrom(entries).intoArray(tables, at + 256);
                spread1.selectFrom(entries).intoArray(tables, at + 320);
                spread2.selectFrom(entries).intoArray(tables, at + 384);
                spread3.selectFrom(entries).intoArray(tables, at + 448);
            }
        }
    }

    /**
     * For registers of 128 bits, four bits at a time: the sums of their even entries, and those of the odd ones, whose
     * first digit is one more.
     */
    private void prepareShort(short[] x, int xOffset, byte[] tables, int offset) {
        int columns = columnsPerHalf(form);
        short[] factors = EVEN_FACTORS[form.ordinal()];
        ShortVector first = ShortVector.fromArray(SHORTS, factors, 0);
        ShortVector second = ShortVector.fromArray(SHORTS, factors, SHORT_LANES);
        ShortVector third = ShortVector.fromArray(SHORTS, factors, 2 * SHORT_LANES);
        ShortVector fourth = ShortVector.fromArray(SHORTS, factors, 3 * SHORT_LANES);
        for (int part = 0; part < 2 * rowBytes; part++) {
            int in = xOffset + part * columns;
            int at = offset + part * 2 * LANES;
            ShortVector even = first.mul(x[in])
                    .add(second.mul(x[in + 1]))
                    .add(third.mul(x[in + 2]))
                    .add(fourth.mul(x[in + 3]))
                    .add(BIAS);
            ShortVector odd = even.add(x[in]);
            even.and(LOW_MASK)
                    .or(odd.and(LOW_MASK).lanewise(VectorOperators.LSHL, 8))
                    .reinterpretAsBytes()
                    .intoArray(tables, at);
            even.lanewise(VectorOperators.LSHR, LOW_BITS)
                    .or(odd.lanewise(VectorOperators.LSHL, 8 - LOW_BITS).and(HIGH_MASK))
                    .reinterpretAsBytes()
                    .intoArray(tables, at + LANES);
        }
    }

    // ---------------------------------------------------------------------------------------------------- look-ups

    @Override
    public void multiply(TileRange tiles, PreparedTokens tokens, TileSums sums) {
        for (int token = 0; token < tokens.count; token++) {
            int tables = tokens.offset + token * tokens.stride;
            for (int tile = 0; tile < tiles.count; tile += 2) {
                long at = tiles.offset + tile * tiles.stride;
                // The last of an odd number is worked on twice: that costs little and saves another loop.
                long other = tile + 1 < tiles.count ? tiles.stride : 0;
                for (int lane = 0; lane < TILE; lane += LANES) {
                    int out = token * sums.stride + tile * TILE + lane / 4;
                    sumRows(tiles.codes, at + lane, other, tokens.bytes, tables, sums, out);
                }
            }
        }
    }

    /**
     * Sums of as many rows of two tiles as a register has bytes. One method with all vectors in it: they must not be
     * handed to others, which the compiler no longer inlines in methods of this size. Shifts are of 32-bit lanes, since
     * those of 16 bits take three instructions.
     *
     * @param other from a row of the first tile to the same of the second; 0 if there is no second
     * @param table where the token's tables are
     * @param out where the first row's sum goes
     */
    private void sumRows(MemorySegment tiles, long at, long other, byte[] tables, int table, TileSums sums, int out) {
        int rowBytes = this.rowBytes;
        int[] scratch = sums.scratch;
        int biases = 2 * rowBytes * BIAS;
        for (int from = 0; from < rowBytes; from += RUN * RUNS_PER_SEGMENT) {
            int end = Math.min(rowBytes, from + RUN * RUNS_PER_SEGMENT);
            ShortVector zero = ShortVector.zero(SHORTS);
            ShortVector lowBoth = zero;
            ShortVector lowOdd = zero;
            ShortVector highBoth = zero;
            ShortVector highOdd = zero;
            ShortVector lowBoth2 = zero;
            ShortVector lowOdd2 = zero;
            ShortVector highBoth2 = zero;
            ShortVector highOdd2 = zero;
            for (int start = from; start < end; start += RUN) {
                int stop = Math.min(end, start + RUN);
                ByteVector low = ByteVector.zero(BYTES);
                ByteVector high = low;
                ByteVector low2 = low;
                ByteVector high2 = low;
                for (int c = start; c < stop; c++) {
                    int t = table + c * TABLE_BYTES;
                    ByteVector codes = ByteVector.fromMemorySegment(BYTES, tiles, at + (long) c * TILE, ORDER);
                    ByteVector codes2 = ByteVector.fromMemorySegment(BYTES, tiles, at + other + (long) c * TILE, ORDER);
                    ByteVector entries = ByteVector.fromArray(BYTES, tables, t);
                    low = low.add(codes.selectFrom(entries));
                    low2 = low2.add(codes2.selectFrom(entries));
                    entries = ByteVector.fromArray(BYTES, tables, t + LANES);
                    high = high.add(codes.selectFrom(entries));
                    high2 = high2.add(codes2.selectFrom(entries));
                    // Bits above the low four are not looked at.
                    codes = codes.reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, 4)
                            .reinterpretAsBytes();
                    codes2 = codes2.reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, 4)
                            .reinterpretAsBytes();
                    entries = ByteVector.fromArray(BYTES, tables, t + 2 * LANES);
                    low = low.add(codes.selectFrom(entries));
                    low2 = low2.add(codes2.selectFrom(entries));
                    entries = ByteVector.fromArray(BYTES, tables, t + 3 * LANES);
                    high = high.add(codes.selectFrom(entries));
                    high2 = high2.add(codes2.selectFrom(entries));
                }
                lowBoth = lowBoth.add(low.reinterpretAsShorts());
                lowOdd = lowOdd.add(low.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(ODD)
                        .reinterpretAsShorts());
                highBoth = highBoth.add(high.reinterpretAsShorts());
                highOdd = highOdd.add(high.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(ODD)
                        .reinterpretAsShorts());
                lowBoth2 = lowBoth2.add(low2.reinterpretAsShorts());
                lowOdd2 = lowOdd2.add(low2.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(ODD)
                        .reinterpretAsShorts());
                highBoth2 = highBoth2.add(high2.reinterpretAsShorts());
                highOdd2 = highOdd2.add(high2.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 8)
                        .and(ODD)
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
