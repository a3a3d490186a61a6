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
 * Codes of tiles as floats, column by column. A 32-bit lane has the codes of four rows, a quarter of the tile apart, so that shifts
 * and masks alone bring neighbouring rows into neighbouring lanes.
 */
final class TileUnpacking {
    private static final int TILE = Tiles.ROWS;
    private static final int QUARTER = TILE / 4;
    private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
    private static final VectorSpecies<Integer> INTS = VectorKernels.INTS;
    private static final int LANES = FLOATS.length();

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

    /** As {@link Kernels#unpackTile}. */
    static void unpack(
            CodeForm form,
            MemorySegment tiles,
            long at,
            int rowBytes,
            float[] scales,
            float[] zeros,
            int weightsOffset,
            float[] out,
            int outOffset) {
        float factor = scales == null ? 1 : form.factor();
        float base = scales == null ? form.base() : form.factor() * form.base() + form.shift();
        float[] allScales = scales == null ? ONES : scales;
        float[] allZeros = zeros == null ? NO_ZEROS : zeros;
        int scalesAt = scales == null ? 0 : weightsOffset;
        int zerosAt = zeros == null ? 0 : weightsOffset;
        for (int first = 0; first < QUARTER; first += LANES) {
            if (form == CodeForm.TERNARY_5IN3) {
                ternary5In3(
                        tiles,
                        at + 4L * first,
                        rowBytes,
                        allScales,
                        scalesAt + first,
                        allZeros,
                        zerosAt + first,
                        out,
                        outOffset + first);
                continue;
            }
            quarters(
                    tiles,
                    at + 4L * first,
                    rowBytes,
                    form,
                    factor,
                    base,
                    allScales,
                    scalesAt + first,
                    allZeros,
                    zerosAt + first,
                    out,
                    outOffset + first);
        }
    }

    /** As {@link #quarters}, of three digits in five bits. */
    private static void ternary5In3(
            MemorySegment tiles,
            long at,
            int rowBytes,
            float[] scales,
            int scalesAt,
            float[] zeros,
            int zerosAt,
            float[] out,
            int outOffset) {
        int to = outOffset;
        int numbers = rowBytes / Ternary5In3.BYTES * Ternary5In3.NUMBERS;
        for (int i = 0; i < numbers; i++, to += 3 * TILE) {
            long in = at + (long) (i / Ternary5In3.NUMBERS) * Ternary5In3.BYTES * TILE;
            int index = i % Ternary5In3.NUMBERS;
            IntVector number;
            if (index < Ternary5In3.BYTES) {
                number = IntVector.fromMemorySegment(INTS, tiles, in + index * TILE, Lut4.ORDER);
            } else {
                // The high three bits of the first, third or fifth byte.
                number = IntVector.fromMemorySegment(INTS, tiles, in + (2 * index - 10) * TILE, Lut4.ORDER)
                        .lanewise(VectorOperators.LSHR, 5)
                        .and(Lut5.LOW_THREE);
                IntVector second =
                        IntVector.fromMemorySegment(INTS, tiles, in + (index == 6 ? 3 : 1) * TILE, Lut4.ORDER);
                if (index == 7) {
                    number = number.or(second.lanewise(VectorOperators.LSHR, 4).and(Lut5.FOURTH))
                            .or(IntVector.fromMemorySegment(INTS, tiles, in + 3 * TILE, Lut4.ORDER)
                                    .lanewise(VectorOperators.LSHR, 3)
                                    .and(Lut5.FIFTH));
                } else {
                    number = number.or(second.lanewise(VectorOperators.LSHR, 2).and(Lut5.HIGH_TWO));
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

    /** As many rows of each quarter of a tile as a register has lanes: {@code factor * scale * digit + (zero - base * scale)}. */
    private static void quarters(
            MemorySegment tiles,
            long at,
            int rowBytes,
            CodeForm form,
            float factor,
            float base,
            float[] scales,
            int scalesAt,
            float[] zeros,
            int zerosAt,
            float[] out,
            int outOffset) {
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
        // Three bytes of int3 are four times two digits.
        int steps = int3 ? rowBytes / 3 * 4 : rowBytes;
        int to = outOffset;
        for (int i = 0; i < steps; i++) {
            long in = at + (long) (int3 ? i / 4 * 3 + i % 4 : i) * TILE;
            IntVector codes;
            if (int3 && i % 4 == 3) {
                codes = IntVector.fromMemorySegment(INTS, tiles, in - 3 * TILE, Lut4.ORDER)
                        .lanewise(VectorOperators.LSHR, 6)
                        .and(0x03030303)
                        .or(IntVector.fromMemorySegment(INTS, tiles, in - 2 * TILE, Lut4.ORDER)
                                .lanewise(VectorOperators.LSHR, 4)
                                .and(0x0c0c0c0c))
                        .or(IntVector.fromMemorySegment(INTS, tiles, in - TILE, Lut4.ORDER)
                                .lanewise(VectorOperators.LSHR, 2)
                                .and(0x30303030));
            } else {
                codes = IntVector.fromMemorySegment(INTS, tiles, in, Lut4.ORDER);
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
     * As {@link Kernels#unpacksFrom}, by measurement. With registers of 512 bits floats reach 33 GMAC/s from 16 tokens on, unpacking
     * included, 23 with 8 and 10 with 2; look-ups of one digit 130 for signs, 90 for ternary codes and 55 for 2 bits, less where
     * groups are short. On a newer processor floats reach 90, 70 and 25, and one digit of 4 bits 72 to 90. With 256 and 128 bits floats
     * reach 17 and 10, look-ups 27, 11 and 11.
     */
    static int paysFrom(CodeForm form, int rowBytes, int digits) {
        boolean wide = Lut4.shufflesLong() && rowBytes > SHORT_GROUP;
        return switch (form) {
            case INT4 -> digits > 1 ? 4 : Lut4.shufflesLong() ? Integer.MAX_VALUE : 16;
            case INT3 -> !Lut4.shufflesLong() ? 1 : digits == 1 ? Integer.MAX_VALUE : 3;
            case INT2 -> digits == 1 ? Integer.MAX_VALUE : 4;
            case TERNARY_2BIT, TERNARY_5IN3 -> digits == 1 || digits == 2 && wide ? Integer.MAX_VALUE : wide ? 16 : 4;
            case BINARY -> digits < 3 || wide ? Integer.MAX_VALUE : 16;
        };
    }
}
