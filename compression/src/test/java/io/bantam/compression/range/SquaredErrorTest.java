package io.bantam.compression.range;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SquaredErrorTest {
    @Test
    void theErrorIsThatOfTheGridToTheBit() {
        Random random = new Random(3);
        for (int length : new int[] {1, 31, 32, 33, 64, 200}) {
            for (int bits : new int[] {2, 4, 8}) {
                for (boolean symmetric : new boolean[] {false, true}) {
                    float[] values = new float[length + 7];
                    for (int i = 0; i < values.length; i++) {
                        // Also halves of steps, and what lies far beyond the grid.
                        values[i] = i % 3 == 0 ? random.nextInt(-40, 40) * 0.125f : (float) random.nextGaussian() * 3;
                    }
                    values[length / 2] = 1e30f;
                    for (float reach : new float[] {0, 0.5f, 1, 3}) {
                        UniformGrid grid = new GridFamily(bits, symmetric, GridRule.XTC).grid(new Range(-reach, reach));
                        double wanted = 0;
                        for (int i = 5; i < 5 + length; i++) {
                            float error = values[i] - grid.fakeQuantize(values[i]);
                            wanted += (double) error * error;
                        }
                        assertEquals(
                                wanted,
                                new SquaredError(values, 5, 5 + length).of(grid, Double.POSITIVE_INFINITY),
                                bits + " " + symmetric + " " + reach);
                    }
                }
            }
        }
    }

    @Test
    void aSumBeyondTheLimitMayStopEarlyButStaysBeyondIt() {
        float[] values = new float[500];
        Arrays.fill(values, 10);
        UniformGrid grid = new UniformGrid(1, 0, -2, 1);
        double loss = new SquaredError(values, 0, 500).of(grid, 100);
        assertTrue(loss > 100 && loss < 500 * 81, "loss " + loss);
    }
}
