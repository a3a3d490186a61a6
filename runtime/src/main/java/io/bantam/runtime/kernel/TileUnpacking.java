package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Ternary5In3;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Unpacks codes of tiles to float32, column by column. A 32-bit lane has the codes of four rows, a quarter of the tile
 * apart, so that shifts and masks alone bring neighbouring rows into neighbouring lanes.
 */
final class TileUnpacking {
    private static final int TILE = Tiles.ROWS;
    private static final int QUARTER = TILE / 4;
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final VectorSpecies<Integer> INTS = Registers.INTS;
    private static final int LANES = Registers.LANES;

    /** Bytes of a row up to which a group's look-ups are held up by giving their sums scales. */
    private static final int SHORT_GROUP = 32;

    private static final float[] ONES = filled(1);
    private static final float[] NO_ZEROS = filled(0);

    private TileUnpacking() {}

    private static float[] filled(float value) {
        float[] values = new float[TILE];
        Arrays.fill(values, value);
        return values;
    }

    /** Writes the weights of {@link Kernels#unpackWeights}. */
    static void weights(CodeForm form, TileRange tile, int rowBytes, GroupScales scales, int at, float[] out) {
        boolean hasZeros = scales.hasZeros();
        float[] zeros = hasZeros ? scales.zeros : NO_ZEROS;
        int zerosAt = hasZeros ? at : 0;
        for (int first = 0; first < QUARTER; first += LANES) {
            if (form == CodeForm.TERNARY_5IN3) {
                ternary5In3(tile, rowBytes, first, scales.scales, at + first, zeros, zerosAt + first, out);
            } else {
                quarters(form, false, tile, rowBytes, first, scales.scales, at + first, zeros, zerosAt + first, out);
            }
        }
    }

    /** Writes the digits of {@link Kernels#unpackDigits}. */
    static void digits(CodeForm form, TileRange tile, int rowBytes, float[] out) {
        for (int first = 0; first < QUARTER; first += LANES) {
            if (form == CodeForm.TERNARY_5IN3) {
                ternary5In3(tile, rowBytes, first, ONES, first, NO_ZEROS, first, out);
            } else {
                quarters(form, true, tile, rowBytes, first, ONES, first, NO_ZEROS, first, out);
            }
        }
    }

    /**
     * Unpacks {@link CodeForm#TERNARY_5IN3}: as many rows of each quarter of a tile as a register has lanes, from
     * {@code lane} on.
     *
     * @param scales those of the first of these rows are at {@code scalesAt}
     * @param zeros those of the first of these rows are at {@code zerosAt}
     */
    private static void ternary5In3(
            TileRange tile,
            int rowBytes,
            int lane,
            float[] scales,
            int scalesAt,
            float[] zeros,
            int zerosAt,
            float[] out) {
        MemorySegment tiles = tile.codes;
        long at = tile.offset + 4L * lane;
        int to = lane;
        int numbers = rowBytes / Ternary5In3.BYTES * Ternary5In3.NUMBERS;
        for (int i = 0; i < numbers; i++, to += 3 * TILE) {
            long in = at + (long) (i / Ternary5In3.NUMBERS) * Ternary5In3.BYTES * TILE;
            int index = i % Ternary5In3.NUMBERS;
            IntVector number;
            if (index < Ternary5In3.BYTES) {
                number = IntVector.fromMemorySegment(INTS, tiles, in + index * TILE, Registers.ORDER);
            } else {
                // The high three bits of the first, third or fifth byte.
                number = IntVector.fromMemorySegment(INTS, tiles, in + (2 * index - 10) * TILE, Registers.ORDER)
                        .lanewise(VectorOperators.LSHR, 5)
                        .and(Lut5Indices.LOW_THREE);
                IntVector second =
                        IntVector.fromMemorySegment(INTS, tiles, in + (index == 6 ? 3 : 1) * TILE, Registers.ORDER);
                if (index == 7) {
                    number = number.or(second.lanewise(VectorOperators.LSHR, 4).and(Lut5Indices.FOURTH))
                            .or(IntVector.fromMemorySegment(INTS, tiles, in + 3 * TILE, Registers.ORDER)
                                    .lanewise(VectorOperators.LSHR, 3)
                                    .and(Lut5Indices.FIFTH));
                } else {
                    number = number.or(second.lanewise(VectorOperators.LSHR, 2).and(Lut5Indices.HIGH_TWO));
                }
            }
            for (int quarter = 0; quarter < 4; quarter++) {
                // Division of small numbers by nine and by three.
                IntVector digits = number.and(31);
                IntVector third = digits.mul(57).lanewise(VectorOperators.LSHR, 9);
                digits = digits.sub(third.mul(9));
                IntVector second = digits.mul(11).lanewise(VectorOperators.LSHR, 5);
                IntVector first = digits.sub(second.mul(3));
                FloatVector scale = FloatVector.fromArray(FLOATS, scales, scalesAt + quarter * QUARTER);
                FloatVector zero = FloatVector.fromArray(FLOATS, zeros, zerosAt + quarter * QUARTER);
                ((FloatVector) first.sub(1).convert(VectorOperators.I2F, 0))
                        .mul(scale)
                        .add(zero)
                        .intoArray(out, to + quarter * QUARTER);
                ((FloatVector) second.sub(1).convert(VectorOperators.I2F, 0))
                        .mul(scale)
                        .add(zero)
                        .intoArray(out, to + TILE + quarter * QUARTER);
                ((FloatVector) third.sub(1).convert(VectorOperators.I2F, 0))
                        .mul(scale)
                        .add(zero)
                        .intoArray(out, to + 2 * TILE + quarter * QUARTER);
                number = number.lanewise(VectorOperators.LSHR, 8);
            }
        }
    }

    /**
     * Unpacks any other form: as many rows of each quarter of a tile as a register has lanes, {@code factor * scale *
     * digit + (zero - base * scale)}.
     */
    private static void quarters(
            CodeForm form,
            boolean digits,
            TileRange tile,
            int rowBytes,
            int lane,
            float[] scales,
            int scalesAt,
            float[] zeros,
            int zerosAt,
            float[] out) {
        MemorySegment tiles = tile.codes;
        long at = tile.offset + 4L * lane;
        float factor = digits ? 1 : form.factor();
        float base = digits ? form.base() : form.factor() * form.base() + form.shift();
        FloatVector a = FloatVector.fromArray(FLOATS, scales, scalesAt);
        FloatVector b = FloatVector.fromArray(FLOATS, scales, scalesAt + QUARTER);
        FloatVector c = FloatVector.fromArray(FLOATS, scales, scalesAt + 2 * QUARTER);
        FloatVector d = FloatVector.fromArray(FLOATS, scales, scalesAt + 3 * QUARTER);
        FloatVector zeroA = FloatVector.fromArray(FLOATS, zeros, zerosAt).sub(a.mul(base));
        FloatVector zeroB =
                FloatVector.fromArray(FLOATS, zeros, zerosAt + QUARTER).sub(b.mul(base));
        FloatVector zeroC =
                FloatVector.fromArray(FLOATS, zeros, zerosAt + 2 * QUARTER).sub(c.mul(base));
        FloatVector zeroD =
                FloatVector.fromArray(FLOATS, zeros, zerosAt + 3 * QUARTER).sub(d.mul(base));
        a = a.mul(factor);
        b = b.mul(factor);
        c = c.mul(factor);
        d = d.mul(factor);
        int bits = form.bits();
        int mask = (1 << bits) - 1;
        boolean int3 = form == CodeForm.INT3;
        int used = int3 ? 2 * bits : Byte.SIZE;
        // A unit of three bytes is four times two digits.
        int steps = int3 ? rowBytes / 3 * 4 : rowBytes;
        int to = lane;
        for (int i = 0; i < steps; i++) {
            long in = at + (long) (int3 ? i / 4 * 3 + i % 4 : i) * TILE;
            IntVector codes;
            if (int3 && i % 4 == 3) {
                codes = IntVector.fromMemorySegment(INTS, tiles, in - 3 * TILE, Registers.ORDER)
                        .lanewise(VectorOperators.LSHR, 6)
                        .and(0x03030303)
                        .or(IntVector.fromMemorySegment(INTS, tiles, in - 2 * TILE, Registers.ORDER)
                                .lanewise(VectorOperators.LSHR, 4)
                                .and(0x0c0c0c0c))
                        .or(IntVector.fromMemorySegment(INTS, tiles, in - TILE, Registers.ORDER)
                                .lanewise(VectorOperators.LSHR, 2)
                                .and(0x30303030));
            } else {
                codes = IntVector.fromMemorySegment(INTS, tiles, in, Registers.ORDER);
            }
            for (int shift = 0; shift < used; shift += bits, to += TILE) {
                ((FloatVector) codes.and(mask).convert(VectorOperators.I2F, 0))
                        .fma(a, zeroA)
                        .intoArray(out, to);
                ((FloatVector) codes.lanewise(VectorOperators.LSHR, 8).and(mask).convert(VectorOperators.I2F, 0))
                        .fma(b, zeroB)
                        .intoArray(out, to + QUARTER);
                ((FloatVector) codes.lanewise(VectorOperators.LSHR, 16)
                                .and(mask)
                                .convert(VectorOperators.I2F, 0))
                        .fma(c, zeroC)
                        .intoArray(out, to + 2 * QUARTER);
                ((FloatVector) codes.lanewise(VectorOperators.LSHR, 24)
                                .and(mask)
                                .convert(VectorOperators.I2F, 0))
                        .fma(d, zeroD)
                        .intoArray(out, to + 3 * QUARTER);
                codes = codes.lanewise(VectorOperators.LSHR, bits);
            }
        }
    }

    /**
     * The number of tokens of {@link Kernels#unpacksFrom}, by measurement. With registers of 512 bits floats reach 33
     * GMAC/s from 16 tokens on, unpacking included, 23 with 8 and 10 with 2; look-ups of one digit 130 for 1 bit, 90
     * for ternary codes and 55 for 2 bits, less where groups are short. On a newer processor floats reach 90, 70 and
     * 25, and one digit of 4 bits 72 to 90. With 256 and 128 bits floats reach 17 and 10, look-ups 27, 11 and 11.
     */
    static int paysFrom(CodeForm form, int rowBytes, int digits) {
        boolean wide = Registers.SHUFFLES_64_BYTES && rowBytes > SHORT_GROUP;
        return switch (form) {
            case INT4 -> digits > 1 ? 4 : Registers.SHUFFLES_64_BYTES ? Integer.MAX_VALUE : 16;
            case INT3 -> !Registers.SHUFFLES_64_BYTES ? 1 : digits == 1 ? Integer.MAX_VALUE : 3;
            case INT2 -> digits == 1 ? Integer.MAX_VALUE : 4;
            case TERNARY_2BIT, TERNARY_5IN3 -> digits == 1 || digits == 2 && wide ? Integer.MAX_VALUE : wide ? 16 : 4;
            case BINARY -> digits < 3 || wide ? Integer.MAX_VALUE : 16;
        };
    }
}
