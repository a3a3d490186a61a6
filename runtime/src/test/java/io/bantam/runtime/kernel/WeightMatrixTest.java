package io.bantam.runtime.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightMatrixTest {
    /** Tiles that are not full, and rows that end within a byte, or within three that belong together. */
    @ParameterizedTest
    @CsvSource({
        "BINARY, 1",
        "TERNARY, 2",
        "SYMMETRIC, 2",
        "SYMMETRIC, 3",
        "SYMMETRIC, 4",
        "SYMMETRIC, 5",
        "SYMMETRIC, 8"
    })
    void rowsAreTheTensors(Scheme scheme, int bits) {
        Random random = new Random(bits);
        for (int rows : new int[] {1, 64, 70}) {
            for (int columns : new int[] {1, 2, 3, 5, 6, 7, 8, 11, 14, 16, 67}) {
                PackedTensor tensor = tensor(random, scheme, bits, rows, columns);
                WeightMatrix weights = WeightMatrix.of(new ScalarKernels(), tensor, false);
                float[] expected = tensor.toFloats();
                float[] row = new float[columns];
                for (int r = 0; r < rows; r++) {
                    weights.row(r, WeightMatrix.scratch(columns), row, 0);
                    assertArrayEquals(
                            Arrays.copyOfRange(expected, r * columns, (r + 1) * columns),
                            row,
                            "row " + r + " of " + rows + " x " + columns);
                }
            }
        }
    }

    private static PackedTensor tensor(Random random, Scheme scheme, int bits, int rows, int columns) {
        int[] codes = new int[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = switch (scheme) {
                case BINARY -> 2 * random.nextInt(2) - 1;
                case TERNARY -> random.nextInt(-1, 2);
                default -> random.nextInt(-(1 << bits - 1), 1 << bits - 1);
            };
        }
        float[] scales = new float[rows];
        for (int row = 0; row < rows; row++) {
            scales[row] = 0.5f + random.nextFloat();
        }
        return PackedTensor.pack(scheme, bits, rows, columns, columns, codes, scales, new float[0]);
    }
}
