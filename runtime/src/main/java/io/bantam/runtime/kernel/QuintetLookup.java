package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * As {@link NibbleLookup}, for prompts: five bits at a time, in tables of 32 entries of 16 bits, where 32 of them are shuffled at
 * once. An index is five columns of 1 bit, or three ternary ones in base 3.
 *
 * <p>Sums need not be taken apart into bytes, and their tables are half as long; but codes have to be turned into indices first,
 * which pays where several tokens share them. Two indices are kept in 16 bits. Three bytes of a row are four indices of ternary
 * codes (the low three of each byte, and the high ones together), and of signs five: the low five bits of each byte, then the
 * high three of the first with two of the second, and the other four.
 */
final class QuintetLookup {
    /** Bytes of a row whose indices belong together. */
    private static final int TRIPLE = 3;

    private static final int TILE = Tiles.ROWS;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int ENTRIES = 32;
    private static final int TABLE_BYTES = 2 * ENTRIES;
    private static final int INT_LANES = TILE / 4;
    /** Integers of two indices of a tile. */
    private static final int PAIR_WORDS = 2 * INT_LANES;

    private static final int EVEN_BYTES = 0x00ff00ff;
    private static final int ODD_BYTES = 0xff00ff00;

    /** Tiles that are turned into indices together. */
    private static final int TILES = 2;

    private static final Shape SIGNS = new Shape(
            new int[][] {{0, 1, 2, 3, 4}, {8, 9, 10, 11, 12}, {16, 17, 18, 19, 20}, {5, 6, 7, 13, 14}, {15, 21, 22, 23}
            },
            false,
            2 * TRIPLE,
            // 16-bit lanes hold 51 sums from -640 to 635.
            10 * TRIPLE);
    private static final Shape TRITS = new Shape(
            new int[][] {{0, 1, 2}, {4, 5, 6}, {8, 9, 10}, {3, 7, 11}},
            true,
            TRIPLE,
            // 16-bit lanes hold 85 sums from -384 to 384.
            21 * TRIPLE);

    /** Where the scratch has the 16-bit sums of a tile and four tokens, behind the indices. */
    private static final int SUMS = TILES * Math.max(SIGNS.blockWords(), TRITS.blockWords());

    /** By six bits of three ternary digits, their number in base 3. */
    private static final byte[] BASE_3 = base3();

    private QuintetLookup() {}

    /** How triples of bytes become indices. */
    private static final class Shape {
        /** Tables of a triple. */
        final int tables;
        /** Digits of an index. */
        final int digits;
        /** Columns of a triple. */
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
            columns = ternary ? 4 * TRIPLE : 8 * TRIPLE;
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

        int pairs(int rowBytes) {
            return rowBytes / TRIPLE * tables / 2;
        }

        int blockWords() {
            return pairs(blockBytes) * PAIR_WORDS;
        }
    }

    private static byte[] base3() {
        byte[] numbers = new byte[64];
        for (int digits = 0; digits < 64; digits++) {
            numbers[digits] = (byte) ((digits & 3) + 3 * (digits >> 2 & 3) + 9 * (digits >> 4));
        }
        return numbers;
    }

    private static Shape shape(CodeForm form) {
        return form == CodeForm.TRITS ? TRITS : form == CodeForm.SIGNS ? SIGNS : null;
    }

    /** Whether rows of so many bytes can be looked up this way. */
    static boolean fits(CodeForm form, int rowBytes) {
        Shape shape = shape(form);
        return NibbleLookup.bits() == 512 && shape != null && rowBytes % shape.unitBytes == 0;
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
        for (int triple = 0; triple < rowBytes / TRIPLE; triple++) {
            ShortVector inputs = lanes.selectFrom(ShortVector.fromArray(SHORTS, x, xOffset + triple * shape.columns))
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
        for (int tile = 0; tile < tileCount; tile += TILES) {
            int here = Math.min(TILES, tileCount - tile);
            for (int from = 0; from < rowBytes; from += shape.blockBytes) {
                int bytes = Math.min(shape.blockBytes, rowBytes - from);
                int pairs = shape.pairs(bytes);
                int words = pairs * PAIR_WORDS;
                for (int i = 0; i < here; i++) {
                    long at = tilesOffset + (tile + i) * tileStride + (long) from * TILE;
                    if (form == CodeForm.TRITS) {
                        tritIndices(tiles, at, bytes, scratch, i * words);
                    } else {
                        signIndices(tiles, at, bytes, scratch, i * words);
                    }
                }
                int table = tablesOffset + 2 * shape.pairs(from) * TABLE_BYTES;
                int out = sumsOffset + tile * TILE;
                int t = 0;
                for (; t + 4 <= tokens; t += 4) {
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

    private static void tritIndices(MemorySegment tiles, long at, int bytes, int[] words, int out) {
        ByteVector base3 = ByteVector.fromArray(BYTES, BASE_3, 0);
        int to = out;
        for (int c = 0; c < bytes; c += TRIPLE, to += 2 * PAIR_WORDS) {
            long in = at + (long) c * TILE;
            ByteVector first = ByteVector.fromMemorySegment(BYTES, tiles, in, NibbleLookup.ORDER);
            ByteVector second = ByteVector.fromMemorySegment(BYTES, tiles, in + TILE, NibbleLookup.ORDER);
            ByteVector third = ByteVector.fromMemorySegment(BYTES, tiles, in + 2 * TILE, NibbleLookup.ORDER);
            first.selectFrom(base3).reinterpretAsInts().intoArray(words, to);
            second.selectFrom(base3).reinterpretAsInts().intoArray(words, to + INT_LANES);
            third.selectFrom(base3).reinterpretAsInts().intoArray(words, to + PAIR_WORDS);
            first.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 6)
                    .and(0x03030303)
                    .or(second.reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, 4)
                            .and(0x0c0c0c0c))
                    .or(third.reinterpretAsInts()
                            .lanewise(VectorOperators.LSHR, 2)
                            .and(0x30303030))
                    .reinterpretAsBytes()
                    .selectFrom(base3)
                    .reinterpretAsInts()
                    .intoArray(words, to + PAIR_WORDS + INT_LANES);
        }
        joinPairs(words, out, to);
    }

    /** The five indices of each three bytes; the odd one out of the first three makes a pair with the first of the next. */
    private static void signIndices(MemorySegment tiles, long at, int bytes, int[] words, int out) {
        int to = out;
        for (int c = 0; c < bytes; c += TRIPLE, to += 5 * INT_LANES) {
            long in = at + (long) c * TILE;
            IntVector first = IntVector.fromMemorySegment(INTS, tiles, in, NibbleLookup.ORDER);
            IntVector second = IntVector.fromMemorySegment(INTS, tiles, in + TILE, NibbleLookup.ORDER);
            IntVector third = IntVector.fromMemorySegment(INTS, tiles, in + 2 * TILE, NibbleLookup.ORDER);
            first.intoArray(words, to);
            second.intoArray(words, to + INT_LANES);
            third.intoArray(words, to + 2 * INT_LANES);
            first.lanewise(VectorOperators.LSHR, 5)
                    .and(0x07070707)
                    .or(second.lanewise(VectorOperators.LSHR, 2).and(0x18181818))
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
        for (int token = 0; token < 4; token++) {
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
