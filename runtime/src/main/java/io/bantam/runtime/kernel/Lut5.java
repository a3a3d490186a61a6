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
 * The product of {@link CodeForm#BINARY} or {@link CodeForm#TERNARY_5IN3} codes by lookup tables (LUTs) of five bits,
 * where one instruction shuffles 32 entries of 16 bits. The way is that of {@link Lut4}, but an index is five columns
 * of 1 bit or three ternary ones, which are stored as such indices.
 *
 * <p>Sums need not be taken apart into bytes, and tables are half as long. For several tokens indices are taken out of
 * the bytes of a row first, two in 16 bits ({@link Lut5Indices}); of 1-bit codes that pays for no fewer than {@link
 * Kernels#MANY_TOKENS}.
 */
final class Lut5 implements TileProduct {
    private static final int TILE = Tiles.ROWS;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int INT_LANES = INTS.length();
    private static final int TABLE_BYTES = Lut5Tables.TABLE_BYTES;
    private static final int PAIR_WORDS = Lut5Indices.PAIR_WORDS;
    private static final int UNIT = Lut5Tables.TERNARY_UNIT;
    private static final int TERNARY_BLOCK = Lut5Tables.TERNARY.blockBytes;

    /** Bytes of the tables of a unit of ternary codes. */
    private static final int UNIT_TABLES = Ternary5In3.NUMBERS * TABLE_BYTES;

    private static final int LOW_THREE = Lut5Indices.LOW_THREE;
    private static final int HIGH_TWO = Lut5Indices.HIGH_TWO;
    private static final int FOURTH = Lut5Indices.FOURTH;
    private static final int FIFTH = Lut5Indices.FIFTH;

    /** Tokens that are multiplied together; from so many on ternary codes are turned into pairs of indices first. */
    private static final int FOUR = 4;
    /** Tiles that are turned into indices together. */
    private static final int TILES = 2;

    /** Where the scratch has the 16-bit sums of a tile and four tokens, behind the indices. */
    private static final int SUMS = TILES * Math.max(blockWords(Lut5Tables.BINARY), blockWords(Lut5Tables.TERNARY));

    private final boolean ternary;
    private final Lut5Tables layout;
    private final int rowBytes;

    private Lut5(boolean ternary, Lut5Tables layout, int rowBytes) {
        this.ternary = ternary;
        this.layout = layout;
        this.rowBytes = rowBytes;
    }

    /**
     * The product of ternary codes; only if {@link Registers#SHUFFLES_64_BYTES}.
     *
     * @param rowBytes bytes of a row that take part, whole units
     */
    static Lut5 ternary(int rowBytes) {
        return new Lut5(true, Lut5Tables.TERNARY, rowBytes);
    }

    /**
     * The product of 1-bit codes with many tokens; only if {@link Registers#SHUFFLES_64_BYTES} and {@link #fitsBinary}.
     */
    static Lut5 binary(int rowBytes) {
        return new Lut5(false, Lut5Tables.BINARY, rowBytes);
    }

    /** Whether indices of rows of 1-bit codes come in pairs. */
    static boolean fitsBinary(int rowBytes) {
        return rowBytes % Lut5Tables.BINARY.unitBytes == 0;
    }

    private static int blockWords(Lut5Tables layout) {
        return layout.pairs(layout.blockBytes) * PAIR_WORDS;
    }

    @Override
    public int preparedBytes() {
        return layout.bytes(rowBytes);
    }

    @Override
    public void prepare(short[] x, int xOffset, byte[] prepared, int preparedOffset) {
        layout.prepare(x, xOffset, rowBytes, prepared, preparedOffset);
    }

    @Override
    public void multiply(TileRange tiles, PreparedTokens tokens, TileSums sums) {
        for (int t = 0; t < tokens.count; t++) {
            int out = t * sums.stride;
            Arrays.fill(sums.values, out, out + tiles.count * TILE, 0);
        }
        if (ternary && tokens.count < FOUR) {
            multiplyFew(tiles, tokens, sums);
        } else {
            multiplyMany(tiles, tokens, sums);
        }
    }

    private void multiplyFew(TileRange tiles, PreparedTokens tokens, TileSums sums) {
        for (int t = 0; t < tokens.count; t++) {
            int tables = tokens.offset + t * tokens.stride;
            for (int tile = 0; tile < tiles.count; tile++) {
                long at = tiles.offset + tile * tiles.stride;
                addTile(tiles.codes, at, rowBytes, tokens.bytes, tables, sums.values, t * sums.stride + tile * TILE);
            }
        }
    }

    private void multiplyMany(TileRange tiles, PreparedTokens tokens, TileSums sums) {
        for (int tile = 0; tile < tiles.count; tile += TILES) {
            int[] scratch = sums.scratch;
            int here = Math.min(TILES, tiles.count - tile);
            for (int from = 0; from < rowBytes; from += layout.blockBytes) {
                int bytes = Math.min(layout.blockBytes, rowBytes - from);
                int pairs = layout.pairs(bytes);
                int words = pairs * PAIR_WORDS;
                for (int i = 0; i < here; i++) {
                    long at = tiles.offset + (tile + i) * tiles.stride + (long) from * TILE;
                    if (ternary) {
                        Lut5Indices.ternary(tiles.codes, at, bytes, sums.scratch, i * words);
                    } else {
                        Lut5Indices.binary(tiles.codes, at, bytes, sums.scratch, i * words);
                    }
                }
                int tables = tokens.offset + layout.bytes(from);
                int t = 0;
                for (; t + FOUR <= tokens.count; t += FOUR) {
                    for (int i = 0; i < here; i++) {
                        int out = t * sums.stride + (tile + i) * TILE;
                        addFour(
                                scratch,
                                i * words,
                                pairs,
                                tokens.bytes,
                                tables + t * tokens.stride,
                                tokens.stride,
                                sums.values,
                                out,
                                sums.stride);
                    }
                }
                for (; t < tokens.count; t++) {
                    for (int i = 0; i < here; i++) {
                        int out = t * sums.stride + (tile + i) * TILE;
                        addOne(i * words, pairs, tokens.bytes, tables + t * tokens.stride, sums, out);
                    }
                }
            }
        }
    }

    /** Adds the sums of a tile of ternary codes for one token, with indices as they lie in memory. */
    private static void addTile(
            MemorySegment tiles, long at, int bytes, byte[] tables, int firstTable, int[] sums, int out) {
        for (int from = 0; from < bytes; from += TERNARY_BLOCK) {
            int end = Math.min(bytes, from + TERNARY_BLOCK);
            // Two sums for each row, so that none waits for the other.
            ShortVector even = ShortVector.zero(SHORTS);
            ShortVector odd = even;
            ShortVector even2 = even;
            ShortVector odd2 = even;
            int table = firstTable + from / UNIT * UNIT_TABLES;
            for (int c = from; c < end; c += UNIT, table += UNIT_TABLES) {
                long in = at + (long) c * TILE;
                IntVector first = IntVector.fromMemorySegment(INTS, tiles, in, Registers.ORDER);
                IntVector second = IntVector.fromMemorySegment(INTS, tiles, in + TILE, Registers.ORDER);
                IntVector third = IntVector.fromMemorySegment(INTS, tiles, in + 2 * TILE, Registers.ORDER);
                IntVector fourth = IntVector.fromMemorySegment(INTS, tiles, in + 3 * TILE, Registers.ORDER);
                IntVector fifth = IntVector.fromMemorySegment(INTS, tiles, in + 4 * TILE, Registers.ORDER);
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

    /**
     * Adds the sums of a tile for four tokens, with indices from element {@code at} of the scratch on. One method with
     * all vectors in it: they must not be handed to others, which the compiler does not inline in methods of this size.
     *
     * <p>Parameters are plain for a reason: with {@link PreparedTokens} and {@link TileSums} instead of their fields
     * products of 1-bit codes with 64 tokens were 3 to 7 % slower, since a call takes some 150 ns only.
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

    /** Adds the sums of a tile for one token, with indices from element {@code at} of the scratch on. */
    private static void addOne(int at, int pairs, byte[] tables, int table, TileSums sums, int out) {
        int[] words = sums.scratch;
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
        add(words, SUMS, sums.values, out);
    }

    /**
     * Adds 16-bit sums to those of their rows: the tile's layout has four rows, a quarter of it apart, in each 32 bits.
     */
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
