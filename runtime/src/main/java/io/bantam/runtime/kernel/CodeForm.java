package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Quintets;

/**
 * How bytes of packed codes stand for columns. Digits fill a byte from its low end, without a rest, but for {@link #TRIPLES} and
 * {@link #QUINTETS}; a digit d is the code {@code factor * (d - base) - shift}, so that a product is {@code factor * sum of (d - base) * x - shift * sum
 * of x}. The bases keep the first sum of some columns in few bits.
 */
public enum CodeForm {
    /** Eight columns of 1 bit in a byte: 1 is +1, 0 is -1. */
    SIGNS(1, 8, 2, 0, 1),
    /** Four columns of 2 bits: 0, 1, 2 are -1, 0, +1. */
    TRITS(1, 4, 1, 1, 0),
    /** Twenty-four ternary columns in five bytes, three in five bits: {@link Quintets}. */
    QUINTETS(Quintets.BYTES, Quintets.COLUMNS, 1, 1, 0),
    /** Four columns of 2 bits: 0 to 3 are -2 to 1. */
    PAIRS(1, 4, 1, 1, 1),
    /**
     * Eight columns of 3 bits in three bytes, as {@link io.bantam.runtime.format.CodeLayout#TRIPLES} has them: 0 to 7 are -4 to 3. The low
     * six bits of each byte are two digits, and so are the high two of all three, those of the first byte lowest.
     */
    TRIPLES(3, 8, 1, 3, 1),
    /** Two columns of 4 bits: 0 to 15 are -8 to 7. */
    SINGLES(1, 2, 1, 7, 1);

    /** Columns that are whole units of every form, and whose floats of a tile stay in the first-level cache. */
    public static final int COLUMNS_AT_ONCE = 120;

    private final int unitBytes;
    private final int unitColumns;
    private final int factor;
    private final int base;
    private final int shift;

    CodeForm(int unitBytes, int unitColumns, int factor, int base, int shift) {
        this.unitBytes = unitBytes;
        this.unitColumns = unitColumns;
        this.factor = factor;
        this.base = base;
        this.shift = shift;
    }

    /** Bytes whose digits belong together. */
    public int unitBytes() {
        return unitBytes;
    }

    /** Columns of so many bytes. */
    public int unitColumns() {
        return unitColumns;
    }

    /** Bytes of a row of so many columns: whole units. */
    public int rowBytes(int columns) {
        return Math.ceilDiv(columns, unitColumns()) * unitBytes;
    }

    /** Columns of a row of so many bytes. */
    public int columns(int rowBytes) {
        return rowBytes / unitBytes * unitColumns();
    }

    /** Bits of a digit; not of {@link #QUINTETS}, whose digits share theirs. */
    public int bits() {
        return unitBytes * Byte.SIZE / unitColumns;
    }

    /** What a digit's distance from the base is multiplied with. */
    public int factor() {
        return factor;
    }

    /** The digit that counts as zero within the sums of the kernels. */
    public int base() {
        return base;
    }

    /** What is subtracted from every code. */
    public int shift() {
        return shift;
    }

    /** The code of a digit. */
    public int code(int digit) {
        return factor * (digit - base) - shift;
    }

    /**
     * A digit of a unit.
     *
     * @param unit its bytes, the first one lowest
     * @param column within the unit
     */
    int digit(long unit, int column) {
        if (this == QUINTETS) {
            return Quintets.digit(unit, column);
        }
        int bits = bits();
        int mask = (1 << bits) - 1;
        if (this != TRIPLES) {
            return (int) (unit >> column * bits) & mask;
        }
        int pair = column / 2;
        long both = pair < unitBytes ? unit >> pair * Byte.SIZE : unit >> 6 & 3 | unit >> 12 & 12 | unit >> 18 & 48;
        return (int) (both >> column % 2 * bits) & mask;
    }
}
