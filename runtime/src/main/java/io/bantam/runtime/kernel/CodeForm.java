package io.bantam.runtime.kernel;

/**
 * How four bits (a nibble) of packed codes stand for one, two or four columns. Digits sit in the nibble from its low end; a
 * digit d is the code {@code factor * (d - base) - shift}, so that a product is {@code factor * sum of (d - base) * x - shift *
 * sum of x}. The bases keep the first sum of a nibble in few bits: see {@link #bias}.
 */
public enum CodeForm {
    /** Four columns of 1 bit: 1 is +1, 0 is -1. */
    SIGNS(4, 2, 0, 1),
    /** Two columns of 2 bits: 0, 1, 2 are -1, 0, +1. */
    TRITS(2, 1, 1, 0),
    /** Two columns of 2 bits: 0 to 3 are -2 to 1. */
    PAIRS(2, 1, 1, 1),
    /** One column of 4 bits: 0 to 15 are -8 to 7. */
    SINGLES(1, 1, 7, 1);

    private final int columnsPerNibble;
    private final int factor;
    private final int base;
    private final int shift;

    CodeForm(int columnsPerNibble, int factor, int base, int shift) {
        this.columnsPerNibble = columnsPerNibble;
        this.factor = factor;
        this.base = base;
        this.shift = shift;
    }

    /** Columns in a byte. */
    public int columnsPerByte() {
        return 2 * columnsPerNibble;
    }

    /** Bits of a digit. */
    public int bits() {
        return 4 / columnsPerNibble;
    }

    /** Columns in half a byte. */
    int columnsPerNibble() {
        return columnsPerNibble;
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

    /** What makes every sum of {@code (d - base) * x} over a nibble, x from -128 to 127, at least 0. */
    int bias() {
        return this == SINGLES ? 1024 : 512;
    }
}
