package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PackedTensorTest {
    private static final float[] NONE = {};

    static List<PackLayout> layouts() {
        List<PackLayout> layouts = new ArrayList<>();
        layouts.add(new PackLayout(Scheme.BINARY, 1));
        layouts.add(new PackLayout(Scheme.TERNARY, 2));
        for (int bits = 2; bits <= 8; bits++) {
            layouts.add(new PackLayout(Scheme.SYMMETRIC, bits));
            layouts.add(new PackLayout(Scheme.ASYMMETRIC, bits));
        }
        return layouts;
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void unpackGivesBackWhatWasPacked(PackLayout layout) {
        long seed = 20 + layout.bits();
        Random random = new Random(seed);
        for (int columns : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 63, 64, 65, 192}) {
            int rows = 3;
            int[] codes = new int[rows * columns];
            for (int i = 0; i < codes.length; i++) {
                codes[i] = layout.scheme() == Scheme.BINARY
                        ? 2 * random.nextInt(2) - 1
                        : random.nextInt(layout.minimumCode(), layout.maximumCode() + 1);
            }
            float[] zeros = layout.scheme() == Scheme.ASYMMETRIC ? new float[rows] : NONE;
            PackedTensor tensor = PackedTensor.pack(
                    layout.scheme(), layout.bits(), rows, columns, columns, codes, new float[rows], zeros);
            assertArrayEquals(codes, tensor.unpack(), layout + ", " + columns + " columns, seed " + seed);
            assertEquals(rows * layout.rowBytes(columns), tensor.codes().length);
        }
    }

    @Test
    void bytesAreAsDocumented() {
        int[] signs = {1, -1, -1, -1, -1, -1, -1, 1, -1, 1};
        assertArrayEquals(new byte[] {(byte) 0b1000_0001, 0b10}, packed(Scheme.BINARY, 1, signs));
        int[] codes = {-1, 0, 1, 1, -1, 1};
        assertArrayEquals(new byte[] {0 + 3 + 2 * 9 + 2 * 27, 2}, packed(Scheme.TERNARY, 2, codes));
        assertArrayEquals(new byte[] {(byte) 0xf0, 0x08}, packed(Scheme.SYMMETRIC, 4, -8, 7, 0));
        assertArrayEquals(new byte[] {0b01_101_110, 0b1}, packed(Scheme.ASYMMETRIC, 3, 6, 5, 5));
        assertArrayEquals(new byte[] {0, (byte) 255, (byte) 128}, packed(Scheme.SYMMETRIC, 8, -128, 127, 0));
        assertArrayEquals(new byte[] {0, (byte) 255}, packed(Scheme.ASYMMETRIC, 8, 0, 255));
    }

    private static byte[] packed(Scheme scheme, int bits, int... codes) {
        float[] zeros = scheme == Scheme.ASYMMETRIC ? new float[1] : NONE;
        return PackedTensor.pack(scheme, bits, 1, codes.length, 0, codes, new float[1], zeros)
                .codes();
    }

    @Test
    void weightsUseTheScaleOfTheirGroup() {
        PackedTensor perTensor =
                PackedTensor.pack(Scheme.BINARY, 1, 2, 2, 0, new int[] {1, -1, -1, 1}, new float[] {2}, null);
        assertArrayEquals(new float[] {2, -2, -2, 2}, perTensor.toFloats());
        PackedTensor perRow =
                PackedTensor.pack(Scheme.TERNARY, 2, 2, 2, 2, new int[] {1, 0, -1, 1}, new float[] {2, 3}, null);
        assertArrayEquals(new float[] {2, 0, -3, 3}, perRow.toFloats());
        PackedTensor perGroup = PackedTensor.pack(
                Scheme.ASYMMETRIC, 2, 1, 4, 2, new int[] {0, 1, 2, 3}, new float[] {1, 10}, new float[] {-1, 5});
        assertArrayEquals(new float[] {-1, 0, 25, 35}, perGroup.toFloats());
        assertEquals(1, perGroup.codes().length);
        // A byte of codes, and two scales and two zeros that float16 holds.
        assertEquals(8.0 * 9 / 4, perGroup.bitsPerWeight());
    }

    @Test
    void oneBitIsOneBit() {
        int[] codes = new int[768 * 768];
        Arrays.fill(codes, 1);
        PackedTensor tensor = PackedTensor.pack(Scheme.BINARY, 1, 768, 768, 0, codes, new float[] {0.1f}, null);
        assertEquals(768 * 768 / 8 + 4, tensor.packedBytes());
    }

    @Test
    void refusesCodesAndLengthsThatDoNotFit() {
        assertProblem("0 is no binary code", () -> packed(Scheme.BINARY, 1, 0));
        assertProblem("2 is no ternary code", () -> packed(Scheme.TERNARY, 2, 2));
        assertProblem("8 is no symmetric code of 4 bits", () -> packed(Scheme.SYMMETRIC, 4, 8));
        assertProblem("-1 is no asymmetric code", () -> packed(Scheme.ASYMMETRIC, 4, -1));
        assertProblem("binary codes have 1 to 1 bits, not 2", () -> new PackLayout(Scheme.BINARY, 2));
        assertProblem("symmetric codes have 2 to 8 bits, not 9", () -> new PackLayout(Scheme.SYMMETRIC, 9));
        assertProblem(
                "expected 6 codes, got 5",
                () -> PackedTensor.pack(Scheme.BINARY, 1, 2, 3, 0, new int[5], new float[1], null));
        assertProblem(
                "expected 2 scales, got 1",
                () -> new PackedTensor(Scheme.BINARY, 1, 2, 8, 8, new byte[2], new float[1], NONE));
        assertProblem(
                "expected 2 zeros, got 0",
                () -> new PackedTensor(Scheme.ASYMMETRIC, 2, 2, 4, 4, new byte[2], new float[2], NONE));
        assertProblem(
                "expected 0 zeros, got 2",
                () -> new PackedTensor(Scheme.SYMMETRIC, 2, 2, 4, 4, new byte[2], new float[2], new float[2]));
        assertProblem(
                "group 3 does not divide the 8 columns",
                () -> new PackedTensor(Scheme.BINARY, 1, 2, 8, 3, new byte[2], new float[2], NONE));
        assertProblem(
                "scale 0 is NaN",
                () -> new PackedTensor(Scheme.BINARY, 1, 1, 8, 0, new byte[1], new float[] {Float.NaN}, NONE));
        assertProblem(
                "found 243",
                () -> new PackedTensor(Scheme.TERNARY, 2, 1, 5, 0, new byte[] {(byte) 243}, new float[1], NONE));
    }

    private static void assertProblem(String problem, Runnable action) {
        String message =
                assertThrows(IllegalArgumentException.class, action::run).getMessage();
        assertTrue(message.contains(problem), message);
    }
}
