package io.bantam.trainer.report.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AxisTest {
    private static List<String> texts(Axis axis) {
        return axis.ticks().stream().map(Axis.Tick::text).toList();
    }

    @Test
    void linearAxesEndAtRoundTicks() {
        assertEquals(List.of("0", "2", "4", "6", "8"), texts(Axis.linear(0.3, 7.9, 5)));
        assertEquals(List.of("0.00", "0.25", "0.50", "0.75", "1.00"), texts(Axis.linear(0, 0.86, 5)));
        assertEquals(List.of("0.10", "0.15", "0.20", "0.25", "0.30"), texts(Axis.linear(0.11, 0.28, 5)));
        assertEquals(List.of("-1", "0", "1"), texts(Axis.linear(-0.9, 0.8, 3)));
    }

    @Test
    void oneValueStillMakesAnAxis() {
        Axis axis = Axis.linear(5, 5, 5);
        assertTrue(axis.minimum() < 5 && axis.maximum() > 5);
        assertTrue(Axis.linear(0, 0, 5).maximum() > 0);
        Axis bytes = Axis.logarithmic(1000, 1000, Double::toString);
        assertTrue(bytes.position(1000) > 0.4 && bytes.position(1000) < 0.6);
    }

    @Test
    void logarithmicAxesPutEqualFactorsEquallyFar() {
        Axis axis = Axis.logarithmic(1e6, 1e8, v -> String.format("%.0e", v));
        double one = axis.position(1e7) - axis.position(1e6);
        assertEquals(one, axis.position(1e8) - axis.position(1e7), 1e-12);
        assertTrue(texts(axis).contains("5e+06"), texts(axis).toString());
        assertEquals(5, texts(Axis.logarithmic(1, 1e4, v -> "")).size(), "only powers of ten");
    }

    @Test
    void stepsAreWholeNumbersBetweenTheirEnds() {
        assertEquals(List.of("50", "100", "150"), texts(Axis.steps(1, 170, 5)));
        assertEquals(List.of("0", "1"), texts(Axis.steps(0, 0, 5)));
    }

    @Test
    void positionsStayInsideWhateverTheData() {
        Random random = new Random(9);
        for (int i = 0; i < 500; i++) {
            double a = Math.exp(random.nextGaussian() * 8);
            double b = a * (1 + random.nextDouble() * 10);
            for (Axis axis : List.of(Axis.linear(-a, b, 5), Axis.logarithmic(a, b, v -> ""))) {
                assertTrue(axis.ticks().size() < 20);
                assertTrue(axis.minimum() <= (axis.logarithmic() ? a : -a) && axis.maximum() >= b, a + " " + b);
                double position = axis.position(a);
                assertTrue(position >= 0 && position <= 1);
            }
        }
        assertEquals(1, Axis.linear(0, 1, 2).position(7));
    }

    @Test
    void impossibleAxesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Axis(1, 1, false, List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Axis(0, 1, true, List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Axis(Double.NaN, 1, false, List.of()));
    }
}
