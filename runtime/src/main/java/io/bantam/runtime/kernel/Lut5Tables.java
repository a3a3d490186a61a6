package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Ternary5In3;
import java.util.Arrays;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * How the lookup tables of {@link Lut5} are made for one form: which columns an index of five bits is made of. Tables
 * are made in steps, with one register of inputs each; all entries of a table are shuffled out of that register, its
 * negatives and zeros, and added up.
 */
final class Lut5Tables {
    /** Bytes of a row of 1-bit codes whose five indices belong together. */
    static final int BINARY_UNIT = 3;

    /** Bytes of a row of ternary codes whose eight indices belong together. */
    static final int TERNARY_UNIT = Ternary5In3.BYTES;

    /** Entries of a table, of 16 bits each. */
    private static final int ENTRIES = 32;

    static final int TABLE_BYTES = Short.BYTES * ENTRIES;

    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;

    /**
     * Tables of five columns of 1 bit: the low five bits of each of three bytes, then the high bits of the first and of
     * the others.
     */
    static final Lut5Tables BINARY = new Lut5Tables(
            new int[][] {{0, 1, 2, 3, 4}, {8, 9, 10, 11, 12}, {16, 17, 18, 19, 20}, {5, 6, 7, 13, 14}, {15, 21, 22, 23}
            },
            false,
            2 * BINARY_UNIT,
            // 16-bit lanes hold 51 sums from -640 to 635.
            10 * BINARY_UNIT);

    /** Tables of three ternary columns, for half a unit of {@link Ternary5In3}. */
    static final Lut5Tables TERNARY = new Lut5Tables(
            new int[][] {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9, 10, 11}},
            true,
            TERNARY_UNIT,
            // 16-bit lanes hold 85 sums from -384 to 384.
            10 * TERNARY_UNIT);

    /** Tables of a step. */
    private final int tables;
    /** Digits of an index. */
    private final int digits;
    /** Columns of a step. */
    private final int columns;
    /** Bytes of a row whose indices fill pairs; two steps. */
    final int unitBytes;
    /** Bytes of a row whose sums fit 16 bits. */
    final int blockBytes;
    /** By table and digit, for every entry the lane that it takes of the inputs, their negatives, and zeros. */
    private final short[] picks;
    /** The inputs, or the inputs and their negatives: lanes and factors, 0 for the last ones. */
    private final short[] inputs = new short[ENTRIES];

    private final short[] factors = new short[ENTRIES];

    private Lut5Tables(int[][] tableColumns, boolean ternary, int unitBytes, int blockBytes) {
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

    /** Steps of a row. */
    private int steps(int rowBytes) {
        return 2 * rowBytes / unitBytes;
    }

    /** Pairs of tables of so many bytes of a row. */
    int pairs(int rowBytes) {
        return steps(rowBytes) * tables / 2;
    }

    /** Bytes of the tables of so many bytes of a row. */
    int bytes(int rowBytes) {
        return 2 * pairs(rowBytes) * TABLE_BYTES;
    }

    /** Writes one token's tables: {@link TileProduct#prepare}. */
    void prepare(short[] x, int xOffset, int rowBytes, byte[] prepared, int preparedOffset) {
        ShortVector lanes = ShortVector.fromArray(SHORTS, inputs, 0);
        ShortVector signs = ShortVector.fromArray(SHORTS, factors, 0);
        short[] picks = this.picks;
        int tables = this.tables;
        int digits = this.digits;
        int columns = this.columns;
        int steps = steps(rowBytes);
        int at = preparedOffset;
        for (int step = 0; step < steps; step++) {
            ShortVector values = lanes.selectFrom(ShortVector.fromArray(SHORTS, x, xOffset + step * columns))
                    .mul(signs);
            for (int table = 0; table < tables; table++, at += TABLE_BYTES) {
                int pick = table * digits * ENTRIES;
                ShortVector entries = ShortVector.fromArray(SHORTS, picks, pick)
                        .selectFrom(values)
                        .add(ShortVector.fromArray(SHORTS, picks, pick + ENTRIES)
                                .selectFrom(values))
                        .add(ShortVector.fromArray(SHORTS, picks, pick + 2 * ENTRIES)
                                .selectFrom(values));
                if (digits > 3) {
                    entries = entries.add(ShortVector.fromArray(SHORTS, picks, pick + 3 * ENTRIES)
                                    .selectFrom(values))
                            .add(ShortVector.fromArray(SHORTS, picks, pick + 4 * ENTRIES)
                                    .selectFrom(values));
                }
                entries.reinterpretAsBytes().intoArray(prepared, at);
            }
        }
    }
}
