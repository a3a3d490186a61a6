package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CodebookTensorTest {
    /** Two codebooks of four codewords of two columns. */
    private static final float[] CODEBOOKS = {1, 2, 3, 4, 5, 6, 7, 8, 0.5f, 0, 0, 0.25f, -1, -2, 10, 20};

    private static CodebookTensor tensor(int... codes) {
        return CodebookTensor.pack(2, 2, 2, 2, 4, codes, CODEBOOKS, new float[] {1, -0.5f});
    }

    @Test
    void aWeightIsTheScaledSumOfItsCodewords() {
        // Row 0: [1, 2] + [0.5, 0], [7, 8] + [10, 20]; row 1: [3, 4] + [-1, -2], [5, 6] + [0, 0.25], times -0.5.
        CodebookTensor tensor = tensor(0, 0, 3, 3, 1, 2, 2, 1);
        assertArrayEquals(new float[] {1.5f, 2, 17, 28, -1, -1, -2.5f, -3.125f}, tensor.toFloats());
        assertEquals(8, tensor.elementCount());
    }

    @Test
    void codesTakeTheirWidth() {
        CodebookTensor tensor = tensor(0, 0, 3, 3, 1, 2, 2, 1);
        // Four codes of two bits a row, the first in the lowest bits.
        assertArrayEquals(new byte[] {(byte) 0b11110000, (byte) 0b01101001}, tensor.codes());
        // Codes, codebooks, and scales that float16 holds.
        assertEquals(2 + 16 * 2 + 2 * 2, tensor.packedBytes());
    }

    @Test
    void wrongLengthsAndValuesAreRefused() {
        assertRefused("codewords of 3 columns do not divide the 4 columns", 2, 2, 3, new byte[2], CODEBOOKS);
        assertRefused("expected 2 codes, got 3", 2, 2, 2, new byte[3], CODEBOOKS);
        assertRefused("expected 16 codebook values, got 8", 2, 2, 2, new byte[2], new float[8]);
        assertRefused("asymmetric codes have 2 to 8 bits, not 9", 9, 2, 2, new byte[2], CODEBOOKS);
        float[] fine = CODEBOOKS.clone();
        fine[5] = 1.0001f;
        assertRefused("codebook value 5 is no float16: 1.0001", 2, 2, 2, new byte[2], fine);
        fine[5] = Float.NaN;
        assertRefused("codebook value 5 is NaN", 2, 2, 2, new byte[2], fine);
    }

    private static void assertRefused(String problem, int bits, int count, int vector, byte[] codes, float[] books) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new CodebookTensor(bits, count, vector, 2, 4, codes, books, new float[2]))
                .getMessage();
        assertTrue(message.contains(problem), message);
    }
}
