package io.bantam.trainer.robustness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class PairedTestsTest {
    @Test
    void mcNemarCountsOnlyWhatChanged() {
        // Nine lost, one won: 2 * (C(10, 0) + C(10, 1)) / 2^10.
        boolean[] before = new boolean[30];
        boolean[] after = new boolean[30];
        for (int i = 0; i < 30; i++) {
            before[i] = i < 9 || i > 15;
            after[i] = i == 10 || i > 15;
        }
        assertEquals(22.0 / 1024, PairedTests.mcNemar(before, after), 1e-12);
        assertEquals(22.0 / 1024, PairedTests.mcNemar(after, before), 1e-12);
        assertEquals(1, PairedTests.mcNemar(before, before));
    }

    @Test
    void wilcoxonOfDifferencesInOneDirectionIsExact() {
        // All six ranks on one side: 2 / 2^6.
        double[] before = {10, 20, 30, 40, 50, 60, 7};
        double[] after = {9, 18, 27, 36, 45, 54, 7};
        assertEquals(2.0 / 64, PairedTests.wilcoxon(before, after), 1e-12);
        assertEquals(1, PairedTests.wilcoxon(before, before));
    }

    @Test
    void theDropIsAShareOfWhatWasThere() {
        assertEquals(25, PairedTests.drop(new double[] {1, 1, 1, 1}, new double[] {1, 0, 1, 1}), 1e-12);
        assertEquals(-100, PairedTests.drop(new double[] {1, 0}, new double[] {1, 1}), 1e-12);
        assertEquals(0, PairedTests.drop(new double[] {0}, new double[] {1}));
        assertThrows(IllegalArgumentException.class, () -> PairedTests.drop(new double[1], new double[2]));
    }
}
