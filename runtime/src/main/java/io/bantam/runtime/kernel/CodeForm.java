package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Ternary5In3;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The bit format of a tile's codes: how the bytes of a row stand for its columns. Some bytes, mostly one, are a
 * <em>unit</em> that holds a fixed number of columns as unsigned <em>digits</em>, which fill the unit from its lowest
 * bit unless said otherwise below.
 *
 * <p>A digit d is the code {@code factor * (d - base) - shift}. Kernels add up {@code (d - base) * x} over columns with
 * inputs x, and the product with the codes is {@code factor * sum of (d - base) * x - shift * sum of x}. Bases are in
 * the middle of the digits, so that sums over a few columns, which lookup tables (LUTs) hold, take few bits.
 */
public enum CodeForm {
    /** 1 bit a code, eight in a byte: digits 0 and 1 are the codes -1 and +1. */
    BINARY(1, 8, 2, 0, 1),
    /** 2 bits a ternary code, four in a byte: digits 0, 1 and 2 are the codes -1, 0 and +1. */
    TERNARY_2BIT(1, 4, 1, 1, 0),
    /**
     * 5 bits for three ternary codes (1.67 bits a code), 24 codes in five bytes: the layout of {@link Ternary5In3}.
     * Digits are those of {@link #TERNARY_2BIT}.
     */
    TERNARY_5IN3(Ternary5In3.BYTES, Ternary5In3.COLUMNS, 1, 1, 0),
    /** 2 bits a code, four in a byte: digits 0 to 3 are the codes -2 to 1. */
    INT2(1, 4, 1, 1, 1),
    /**
     * 3 bits a code, eight in three bytes, as {@link io.bantam.runtime.format.CodeLayout#INT3} has them: digits 0 to 7
     * are the codes -4 to 3. The low six bits of each byte are two digits, and so are the high two bits of all three,
     * those of the first byte lowest.
     */
    INT3(3, 8, 1, 3, 1),
    /** 4 bits a code, two in a byte: digits 0 to 15 are the codes -8 to 7. */
    INT4(1, 2, 1, 7, 1);

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

    /** The form of integer codes of so many bits; empty if they have none, as those of 5 to 8 bits. */
    static Optional<CodeForm> ofBits(int bits) {
        return switch (bits) {
            case 2 -> Optional.of(INT2);
            case 3 -> Optional.of(INT3);
            case 4 -> Optional.of(INT4);
            default -> Optional.empty();
        };
    }

    /** Bytes of a unit. */
    public int unitBytes() {
        return unitBytes;
    }

    /** Columns of a unit. */
    public int unitColumns() {
        return unitColumns;
    }

    /** Bytes of a row of {@code columns} columns: whole units. */
    public int rowBytes(int columns) {
        return Math.ceilDiv(columns, unitColumns()) * unitBytes;
    }

    /** Columns of a row of {@code rowBytes} bytes, which are whole units. */
    public int columns(int rowBytes) {
        return rowBytes / unitBytes * unitColumns();
    }

    /** Bits of a digit; no meaning for {@link #TERNARY_5IN3}, where three digits share five. */
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

    /** The bytes of a unit of a row in tiles, the first one lowest. */
    long unit(MemorySegment tiles, long at) {
        long unit = 0;
        for (int i = unitBytes - 1; i >= 0; i--) {
            unit = unit << Byte.SIZE | tiles.get(ValueLayout.JAVA_BYTE, at + (long) i * Tiles.ROWS) & 0xff;
        }
        return unit;
    }

    /**
     * A digit of a unit.
     *
     * @param unit its bytes, the first one lowest
     * @param column within the unit
     */
    int digit(long unit, int column) {
        if (this == TERNARY_5IN3) {
            return Ternary5In3.digit(unit, column);
        }
        int bits = bits();
        int mask = (1 << bits) - 1;
        if (this != INT3) {
            return (int) (unit >> column * bits) & mask;
        }
        int pair = column / 2;
        long both = pair < unitBytes ? unit >> pair * Byte.SIZE : unit >> 6 & 3 | unit >> 12 & 12 | unit >> 18 & 48;
        return (int) (both >> column % 2 * bits) & mask;
    }
}
