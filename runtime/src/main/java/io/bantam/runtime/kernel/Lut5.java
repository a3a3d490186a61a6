package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Ternary5In3;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * As {@link Lut4}, five bits at a time, in tables of 32 entries of 16 bits, where 32 of them are shuffled at once. An index is
 * five columns of 1 bit, or three ternary ones, which are kept as such indices.
 *
 * <p>Sums need not be taken apart into bytes, and their tables are half as long. For several tokens indices are taken out of the bytes
 * of a row first, two in 16 bits; of signs that pays for no less. Three bytes of a row of signs are five indices: the low five
 * bits of each byte, then the high three of the first with two of the second, and the other four.
 */
final class Lut5 {
    /** Bytes of a row of signs whose indices belong together. */
    private static final int BINARY_UNIT = 3;
    /** The same of quintets. */
    private static final int TERNARY_UNIT = Ternary5In3.BYTES;

    private static final int TILE = Tiles.ROWS;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int ENTRIES = 32;
    private static final int TABLE_BYTES = 2 * ENTRIES;
    private static final int INT_LANES = TILE / 4;
    /** Integers of two indices of a tile. */
    private static final int PAIR_WORDS = 2 * INT_LANES;

    /** Bytes of the tables of as many quintets. */
    private static final int UNIT_TABLES = Ternary5In3.NUMBERS * TABLE_BYTES;
    /** 16-bit lanes hold 85 sums from -384 to 384: bytes of some fewer. */
    private static final int TERNARY_BLOCK = 10 * TERNARY_UNIT;

    /** Bits of indices that are put together, in every byte. */
    static final int LOW_THREE = 0x07070707;

    static final int HIGH_TWO = 0x18181818;
    static final int FOURTH = 0x08080808;
    static final int FIFTH = 0x10101010;

    private static final int EVEN_BYTES = 0x00ff00ff;
    private static final int ODD_BYTES = 0xff00ff00;

    /** Tokens that are multiplied together; from so many on quintets are turned into indices first. */
    private static final int FOUR = 4;
    /** Tiles that are turned into indices together. */
    private static final int TILES = 2;

    private static final Shape BINARY = new Shape(
            new int[][] {{0, 1, 2, 3, 4}, {8, 9, 10, 11, 12}, {16, 17, 18, 19, 20}, {5, 6, 7, 13, 14}, {15, 21, 22, 23}
            },
            false,
            2 * BINARY_UNIT,
            // 16-bit lanes hold 51 sums from -640 to 635.
            10 * BINARY_UNIT);
    private static final Shape TERNARY =
            new Shape(new int[][] {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9, 10, 11}}, true, TERNARY_UNIT, TERNARY_BLOCK);

    /** Where the scratch has the 16-bit sums of a tile and four tokens, behind the indices. */
    private static final int SUMS = TILES * Math.max(BINARY.blockWords(), TERNARY.blockWords());

    private Lut5() {}

    /** How bytes become indices. Tables are made in steps, two for each unit. */
    private static final class Shape {
        /** Tables of a step. */
        final int tables;
        /** Digits of an index. */
        final int digits;
        /** Columns of a step. */
        final int columns;
        /** Bytes of a row whose indices fill pairs. */
        final int unitBytes;
        /** Bytes of a row whose sums fit 16 bits. */
        final int blockBytes;
        /** By table and digit, for every entry the lane that it takes of the inputs, their negatives, and zeros. */
        final short[] picks;
        /** The inputs, or the inputs and their negatives: lanes and factors, 0 for the last ones. */
        final short[] inputs = new short[ENTRIES];

        final short[] factors = new short[ENTRIES];

        Shape(int[][] tableColumns, boolean ternary, int unitBytes, int blockBytes) {
            tables = tableColumns.length;
            digits = tableColumns[0].length;
            columns = ternary ? Ternary5In3.COLUMNS / 2 : Byte.SIZE * BINARY_UNIT;
            this.unitBytes = unitBytes;
            this.blockBytes = blockBytes;
            int used = ternary ? 2 * columns : columns;
            for (int lane = 0; lane < used; lane++) {
                inputs[lane] = (short) (lane % columns);
                factors[lane] = (short) (lane < columns ? 1 : -1);
            }
            picks = new short[tables * digits * ENTRIES];
            Arrays.fill(picks, (short) used);
            for (int table = 0; table < tables; table++) {
                int weight = 1;
                for (int digit = 0; digit < tableColumns[table].length; digit++) {
                    int column = tableColumns[table][digit];
                    for (int entry = 0; entry < ENTRIES; entry++) {
                        int at = (table * digits + digit) * ENTRIES + entry;
                        int value = ternary ? entry / weight % 3 - 1 : entry / weight % 2;
                        if (value != 0) {
                            picks[at] = (short) (value > 0 ? column : columns + column);
                        }
                    }
                    weight *= ternary ? 3 : 2;
                }
            }
        }

        int steps(int rowBytes) {
            return 2 * rowBytes / unitBytes;
        }

        int pairs(int rowBytes) {
            return steps(rowBytes) * tables / 2;
        }

        int blockWords() {
            return pairs(blockBytes) * PAIR_WORDS;
        }
    }

    private static Shape shape(CodeForm form) {
        return form == CodeForm.TERNARY_5IN3 ? TERNARY : form == CodeForm.BINARY ? BINARY : null;
    }

    /** Whether rows of so many bytes are looked up this way: signs of many tokens only. */
    static boolean fits(CodeForm form, int rowBytes, boolean many) {
        Shape shape = shape(form);
        return Lut4.shufflesLong() && shape != null && (many || shape == TERNARY) && rowBytes % shape.unitBytes == 0;
    }

    /** Bytes of the tables of so many bytes of a row. */
    static int preparedBytes(CodeForm form, int rowBytes) {
        return 2 * shape(form).pairs(rowBytes) * TABLE_BYTES;
    }

    /** As {@link Kernels#prepare}. */
    static void prepare(CodeForm form, short[] x, int xOffset, int rowBytes, byte[] tables, int offset) {
        Shape shape = shape(form);
        ShortVector lanes = ShortVector.fromArray(SHORTS, shape.inputs, 0);
        ShortVector factors = ShortVector.fromArray(SHORTS, shape.factors, 0);
        short[] picks = shape.picks;
        int at = offset;
        for (int step = 0; step < shape.steps(rowBytes); step++) {
            ShortVector inputs = lanes.selectFrom(ShortVector.fromArray(SHORTS, x, xOffset + step * shape.columns))
                    .mul(factors);
            for (int table = 0; table < shape.tables; table++, at += TABLE_BYTES) {
                int pick = table * shape.digits * ENTRIES;
                ShortVector entries = ShortVector.fromArray(SHORTS, picks, pick)
                        .selectFrom(inputs)
                        .add(ShortVector.fromArray(SHORTS, picks, pick + ENTRIES)
                                .selectFrom(inputs))
                        .add(ShortVector.fromArray(SHORTS, picks, pick + 2 * ENTRIES)
                                .selectFrom(inputs));
                if (shape.digits > 3) {
                    entries = entries.add(ShortVector.fromArray(SHORTS, picks, pick + 3 * ENTRIES)
                                    .selectFrom(inputs))
                            .add(ShortVector.fromArray(SHORTS, picks, pick + 4 * ENTRIES)
                                    .selectFrom(inputs));
                }
                entries.reinterpretAsBytes().intoArray(tables, at);
            }
        }
    }

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
        Shape shape = shape(form);
        for (int t = 0; t < tokens; t++) {
            int out = sumsOffset + t * sumsStride;
            Arrays.fill(sums, out, out + tileCount * TILE, 0);
        }
        if (form == CodeForm.TERNARY_5IN3 && tokens < FOUR) {
            for (int t = 0; t < tokens; t++) {
                for (int tile = 0; tile < tileCount; tile++) {
                    addTile(
                            tiles,
                            tilesOffset + tile * tileStride,
                            rowBytes,
                            tables,
                            tablesOffset + t * tablesStride,
                            sums,
                            sumsOffset + t * sumsStride + tile * TILE);
                }
            }
            return;
        }
        for (int tile = 0; tile < tileCount; tile += TILES) {
            int here = Math.min(TILES, tileCount - tile);
            for (int from = 0; from < rowBytes; from += shape.blockBytes) {
                int bytes = Math.min(shape.blockBytes, rowBytes - from);
                int pairs = shape.pairs(bytes);
                int words = pairs * PAIR_WORDS;
                for (int i = 0; i < here; i++) {
                    long at = tilesOffset + (tile + i) * tileStride + (long) from * TILE;
                    if (form == CodeForm.TERNARY_5IN3) {
                        ternaryIndices(tiles, at, bytes, scratch, i * words);
                    } else {
                        binaryIndices(tiles, at, bytes, scratch, i * words);
                    }
                }
                int table = tablesOffset + 2 * shape.pairs(from) * TABLE_BYTES;
                int out = sumsOffset + tile * TILE;
                int t = 0;
                for (; t + FOUR <= tokens; t += FOUR) {
                    for (int i = 0; i < here; i++) {
                        addFour(
                                scratch,
                                i * words,
                                pairs,
                                tables,
                                table + t * tablesStride,
                                tablesStride,
                                sums,
                                out + t * sumsStride + i * TILE,
                                sumsStride);
                    }
                }
                for (; t < tokens; t++) {
                    for (int i = 0; i < here; i++) {
                        addOne(
                                scratch,
                                i * words,
                                pairs,
                                tables,
                                table + t * tablesStride,
                                sums,
                                out + t * sumsStride + i * TILE);
                    }
                }
            }
        }
    }

    /*
     * Vectors are not handed from method to method here: this is part of so large a method that the compiler may leave out calls other
     * than the Vector API's own, and vectors would become objects.
     */

    private static void ternaryIndices(MemorySegment tiles, long at, int bytes, int[] words, int out) {
        int to = out;
        for (int c = 0; c < bytes; c += TERNARY_UNIT, to += 8 * INT_LANES) {
            long in = at + (long) c * TILE;
            IntVector first = IntVector.fromMemorySegment(INTS, tiles, in, Lut4.ORDER);
            IntVector second = IntVector.fromMemorySegment(INTS, tiles, in + TILE, Lut4.ORDER);
            IntVector third = IntVector.fromMemorySegment(INTS, tiles, in + 2 * TILE, Lut4.ORDER);
            IntVector fourth = IntVector.fromMemorySegment(INTS, tiles, in + 3 * TILE, Lut4.ORDER);
            IntVector fifth = IntVector.fromMemorySegment(INTS, tiles, in + 4 * TILE, Lut4.ORDER);
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

    /** The sums of a tile for one token, of indices as they lie in memory. */
    private static void addTile(
            MemorySegment tiles, long at, int bytes, byte[] tables, int firstTable, int[] sums, int out) {
        for (int from = 0; from < bytes; from += TERNARY_BLOCK) {
            int end = Math.min(bytes, from + TERNARY_BLOCK);
            // Two sums for each row, so that none waits for the other.
            ShortVector even = ShortVector.zero(SHORTS);
            ShortVector odd = even;
            ShortVector even2 = even;
            ShortVector odd2 = even;
            int table = firstTable + from / TERNARY_UNIT * UNIT_TABLES;
            for (int c = from; c < end; c += TERNARY_UNIT, table += UNIT_TABLES) {
                long in = at + (long) c * TILE;
                IntVector first = IntVector.fromMemorySegment(INTS, tiles, in, Lut4.ORDER);
                IntVector second = IntVector.fromMemorySegment(INTS, tiles, in + TILE, Lut4.ORDER);
                IntVector third = IntVector.fromMemorySegment(INTS, tiles, in + 2 * TILE, Lut4.ORDER);
                IntVector fourth = IntVector.fromMemorySegment(INTS, tiles, in + 3 * TILE, Lut4.ORDER);
                IntVector fifth = IntVector.fromMemorySegment(INTS, tiles, in + 4 * TILE, Lut4.ORDER);
                ShortVector entries = ByteVector.fromArray(BYTES, tables, table).reinterpretAsShorts();
                even = even.add(first.reinterpretAsShorts().selectFrom(entries));
                odd = odd.add(first.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
                entries =
                        ByteVector.fromArray(BYTES, tables, table + TABLE_BYTES).reinterpretAsShorts();
                even2 = even2.add(second.reinterpretAsShorts().selectFrom(entries));
                odd2 = odd2.add(second.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
                entries = ByteVector.fromArray(BYTES, tables, table + 2 * TABLE_BYTES)
                        .reinterpretAsShorts();
                even = even.add(third.reinterpretAsShorts().selectFrom(entries));
                odd = odd.add(third.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
                entries = ByteVector.fromArray(BYTES, tables, table + 3 * TABLE_BYTES)
                        .reinterpretAsShorts();
                even2 = even2.add(fourth.reinterpretAsShorts().selectFrom(entries));
                odd2 = odd2.add(fourth.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
                entries = ByteVector.fromArray(BYTES, tables, table + 4 * TABLE_BYTES)
                        .reinterpretAsShorts();
                even = even.add(fifth.reinterpretAsShorts().selectFrom(entries));
                odd = odd.add(fifth.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
                IntVector joined = first.lanewise(VectorOperators.LSHR, 5)
                        .and(LOW_THREE)
                        .or(second.lanewise(VectorOperators.LSHR, 2).and(HIGH_TWO));
                entries = ByteVector.fromArray(BYTES, tables, table + 5 * TABLE_BYTES)
                        .reinterpretAsShorts();
                even2 = even2.add(joined.reinterpretAsShorts().selectFrom(entries));
                odd2 = odd2.add(joined.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
                joined = third.lanewise(VectorOperators.LSHR, 5)
                        .and(LOW_THREE)
                        .or(fourth.lanewise(VectorOperators.LSHR, 2).and(HIGH_TWO));
                entries = ByteVector.fromArray(BYTES, tables, table + 6 * TABLE_BYTES)
                        .reinterpretAsShorts();
                even = even.add(joined.reinterpretAsShorts().selectFrom(entries));
                odd = odd.add(joined.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
                joined = fifth.lanewise(VectorOperators.LSHR, 5)
                        .and(LOW_THREE)
                        .or(second.lanewise(VectorOperators.LSHR, 4).and(FOURTH))
                        .or(fourth.lanewise(VectorOperators.LSHR, 3).and(FIFTH));
                entries = ByteVector.fromArray(BYTES, tables, table + 7 * TABLE_BYTES)
                        .reinterpretAsShorts();
                even2 = even2.add(joined.reinterpretAsShorts().selectFrom(entries));
                odd2 = odd2.add(joined.lanewise(VectorOperators.LSHR, 8)
                        .reinterpretAsShorts()
                        .selectFrom(entries));
            }
            // As add, but not through memory: that takes a twentieth of a generated token's time.
            IntVector both = even.add(even2).reinterpretAsInts();
            IntVector bothOdd = odd.add(odd2).reinterpretAsInts();
            both.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(IntVector.fromArray(INTS, sums, out))
                    .intoArray(sums, out);
            bothOdd.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(IntVector.fromArray(INTS, sums, out + INT_LANES))
                    .intoArray(sums, out + INT_LANES);
            both.lanewise(VectorOperators.ASHR, 16)
                    .add(IntVector.fromArray(INTS, sums, out + 2 * INT_LANES))
                    .intoArray(sums, out + 2 * INT_LANES);
            bothOdd.lanewise(VectorOperators.ASHR, 16)
                    .add(IntVector.fromArray(INTS, sums, out + 3 * INT_LANES))
                    .intoArray(sums, out + 3 * INT_LANES);
        }
    }

    /** The five indices of each three bytes; the odd one out of the first three makes a pair with the first of the next. */
    private static void binaryIndices(MemorySegment tiles, long at, int bytes, int[] words, int out) {
        int to = out;
        for (int c = 0; c < bytes; c += BINARY_UNIT, to += 5 * INT_LANES) {
            long in = at + (long) c * TILE;
            IntVector first = IntVector.fromMemorySegment(INTS, tiles, in, Lut4.ORDER);
            IntVector second = IntVector.fromMemorySegment(INTS, tiles, in + TILE, Lut4.ORDER);
            IntVector third = IntVector.fromMemorySegment(INTS, tiles, in + 2 * TILE, Lut4.ORDER);
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

    /** Turns two bytes of indices into the halves of 16 bits, in place: those of the even places, then of the odd ones. */
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

    /**
     * Adds the sums of a tile for four tokens. One method with all vectors in it: they must not be handed to others, which the
     * compiler does not inline in methods of this size.
     */
    private static void addFour(
            int[] words,
            int at,
            int pairs,
            byte[] tables,
            int table,
            int tablesStride,
            int[] sums,
            int out,
            int sumsStride) {
        ShortVector even = ShortVector.zero(SHORTS);
        ShortVector odd = even;
        ShortVector even1 = even;
        ShortVector odd1 = even;
        ShortVector even2 = even;
        ShortVector odd2 = even;
        ShortVector even3 = even;
        ShortVector odd3 = even;
        int table1 = table + tablesStride;
        int table2 = table1 + tablesStride;
        int table3 = table2 + tablesStride;
        for (int pair = 0; pair < pairs; pair++) {
            int word = at + pair * PAIR_WORDS;
            int t = pair * 2 * TABLE_BYTES;
            IntVector both = IntVector.fromArray(INTS, words, word);
            IntVector bothOdd = IntVector.fromArray(INTS, words, word + INT_LANES);
            ShortVector index = both.reinterpretAsShorts();
            ShortVector indexOdd = bothOdd.reinterpretAsShorts();
            ShortVector entries = ByteVector.fromArray(BYTES, tables, table + t).reinterpretAsShorts();
            even = even.add(index.selectFrom(entries));
            odd = odd.add(indexOdd.selectFrom(entries));
            entries = ByteVector.fromArray(BYTES, tables, table1 + t).reinterpretAsShorts();
            even1 = even1.add(index.selectFrom(entries));
            odd1 = odd1.add(indexOdd.selectFrom(entries));
            entries = ByteVector.fromArray(BYTES, tables, table2 + t).reinterpretAsShorts();
            even2 = even2.add(index.selectFrom(entries));
            odd2 = odd2.add(indexOdd.selectFrom(entries));
            entries = ByteVector.fromArray(BYTES, tables, table3 + t).reinterpretAsShorts();
            even3 = even3.add(index.selectFrom(entries));
            odd3 = odd3.add(indexOdd.selectFrom(entries));
            // Bits above the five of an index are not looked at.
            index = both.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
            indexOdd = bothOdd.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
            t += TABLE_BYTES;
            entries = ByteVector.fromArray(BYTES, tables, table + t).reinterpretAsShorts();
            even = even.add(index.selectFrom(entries));
            odd = odd.add(indexOdd.selectFrom(entries));
            entries = ByteVector.fromArray(BYTES, tables, table1 + t).reinterpretAsShorts();
            even1 = even1.add(index.selectFrom(entries));
            odd1 = odd1.add(indexOdd.selectFrom(entries));
            entries = ByteVector.fromArray(BYTES, tables, table2 + t).reinterpretAsShorts();
            even2 = even2.add(index.selectFrom(entries));
            odd2 = odd2.add(indexOdd.selectFrom(entries));
            entries = ByteVector.fromArray(BYTES, tables, table3 + t).reinterpretAsShorts();
            even3 = even3.add(index.selectFrom(entries));
            odd3 = odd3.add(indexOdd.selectFrom(entries));
        }
        even.reinterpretAsInts().intoArray(words, SUMS);
        odd.reinterpretAsInts().intoArray(words, SUMS + INT_LANES);
        even1.reinterpretAsInts().intoArray(words, SUMS + PAIR_WORDS);
        odd1.reinterpretAsInts().intoArray(words, SUMS + PAIR_WORDS + INT_LANES);
        even2.reinterpretAsInts().intoArray(words, SUMS + 2 * PAIR_WORDS);
        odd2.reinterpretAsInts().intoArray(words, SUMS + 2 * PAIR_WORDS + INT_LANES);
        even3.reinterpretAsInts().intoArray(words, SUMS + 3 * PAIR_WORDS);
        odd3.reinterpretAsInts().intoArray(words, SUMS + 3 * PAIR_WORDS + INT_LANES);
        for (int token = 0; token < FOUR; token++) {
            add(words, SUMS + token * PAIR_WORDS, sums, out + token * sumsStride);
        }
    }

    private static void addOne(int[] words, int at, int pairs, byte[] tables, int table, int[] sums, int out) {
        ShortVector even = ShortVector.zero(SHORTS);
        ShortVector odd = even;
        for (int pair = 0; pair < pairs; pair++) {
            int word = at + pair * PAIR_WORDS;
            int t = table + pair * 2 * TABLE_BYTES;
            IntVector both = IntVector.fromArray(INTS, words, word);
            IntVector bothOdd = IntVector.fromArray(INTS, words, word + INT_LANES);
            ShortVector entries = ByteVector.fromArray(BYTES, tables, t).reinterpretAsShorts();
            even = even.add(both.reinterpretAsShorts().selectFrom(entries));
            odd = odd.add(bothOdd.reinterpretAsShorts().selectFrom(entries));
            entries = ByteVector.fromArray(BYTES, tables, t + TABLE_BYTES).reinterpretAsShorts();
            even = even.add(
                    both.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().selectFrom(entries));
            odd = odd.add(bothOdd.lanewise(VectorOperators.LSHR, 8)
                    .reinterpretAsShorts()
                    .selectFrom(entries));
        }
        even.reinterpretAsInts().intoArray(words, SUMS);
        odd.reinterpretAsInts().intoArray(words, SUMS + INT_LANES);
        add(words, SUMS, sums, out);
    }

    /** Adds 16-bit sums to those of their rows: the tile's layout has four rows, a quarter of it apart, in each 32 bits. */
    private static void add(int[] words, int at, int[] sums, int out) {
        IntVector even = IntVector.fromArray(INTS, words, at);
        IntVector odd = IntVector.fromArray(INTS, words, at + INT_LANES);
        even.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(IntVector.fromArray(INTS, sums, out))
                .intoArray(sums, out);
        odd.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(IntVector.fromArray(INTS, sums, out + INT_LANES))
                .intoArray(sums, out + INT_LANES);
        even.lanewise(VectorOperators.ASHR, 16)
                .add(IntVector.fromArray(INTS, sums, out + 2 * INT_LANES))
                .intoArray(sums, out + 2 * INT_LANES);
        odd.lanewise(VectorOperators.ASHR, 16)
                .add(IntVector.fromArray(INTS, sums, out + 3 * INT_LANES))
                .intoArray(sums, out + 3 * INT_LANES);
    }
}
