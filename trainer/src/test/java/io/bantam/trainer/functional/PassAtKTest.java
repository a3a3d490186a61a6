package io.bantam.trainer.functional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

final class PassAtKTest {
    @Test
    void agreesWithTheFormulaInExactNumbers() {
        for (int n = 1; n <= 30; n++) {
            for (int c = 0; c <= n; c++) {
                for (int k = 1; k <= n; k++) {
                    double none = new java.math.BigDecimal(choose(n - c, k))
                            .divide(new java.math.BigDecimal(choose(n, k)), java.math.MathContext.DECIMAL64)
                            .doubleValue();
                    assertEquals(1 - none, PassAtK.of(n, c, k), 1e-12, n + " " + c + " " + k);
                }
            }
        }
    }

    @Test
    void largeNumbersKeepTheirDigits() {
        assertEquals(0.1, PassAtK.of(1000, 100, 1), 1e-12);
        assertEquals(1, PassAtK.of(1000, 1000, 100), 0);
        assertEquals(0, PassAtK.of(1000, 0, 100), 0);
    }

    @Test
    void moreThanTheSamplesCannotBeEstimated() {
        assertThrows(IllegalArgumentException.class, () -> PassAtK.of(10, 3, 11));
        assertThrows(IllegalArgumentException.class, () -> PassAtK.of(10, 11, 1));
    }

    private static BigInteger choose(int n, int k) {
        BigInteger result = BigInteger.ONE;
        for (int i = 0; i < k; i++) {
            result = result.multiply(BigInteger.valueOf(n - i)).divide(BigInteger.valueOf(i + 1));
        }
        return n < k ? BigInteger.ZERO : result;
    }
}
