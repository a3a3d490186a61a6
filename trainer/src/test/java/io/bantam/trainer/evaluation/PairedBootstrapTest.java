package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedBootstrapTest {
    private final PairedBootstrap bootstrap = new PairedBootstrap(2000, 1);

    @Test
    void equalModelsDifferByNothing() {
        double[] scores = new Random(3).doubles(100, 0, 100).toArray();
        assertEquals(new Interval(0, 0, 0), bootstrap.difference(scores, scores.clone()));
    }

    @Test
    void aConstantLossIsFoundExactlyHoweverMuchSamplesVary() {
        double[] baseline = new Random(4).ints(50, 0, 100).asDoubleStream().toArray();
        double[] variant = Arrays.stream(baseline).map(v -> v - 2).toArray();
        Interval interval = bootstrap.difference(variant, baseline);
        assertEquals(new Interval(-2, -2, -2), interval);
        assertTrue(interval.excludesZero());
    }

    @Test
    void intervalOfAMeanIsCloseToTheNormalOne() {
        double[] values = new Random(5)
                .ints(1000, 0, 100)
                .mapToDouble(i -> i < 40 ? 100 : 0)
                .toArray();
        Interval interval = bootstrap.mean(values);
        double mean = Arrays.stream(values).average().orElseThrow();
        double half = 1.96 * Math.sqrt(mean * (100 - mean) / 1000);
        assertEquals(mean, interval.mean(), 1e-12);
        assertEquals(mean - half, interval.low(), 0.4);
        assertEquals(mean + half, interval.high(), 0.4);
    }

    @Test
    void theIntervalHoldsTheTruthAboutAsOftenAsItSays() {
        Random random = new Random(6);
        int held = 0;
        for (int trial = 0; trial < 300; trial++) {
            double[] difference = random.doubles(60, -1, 1).toArray();
            Interval interval = new PairedBootstrap(300, trial).difference(difference, new double[60]);
            held += interval.excludesZero() ? 0 : 1;
        }
        assertTrue(held > 300 * 0.90 && held < 300 * 0.99, "held " + held + " of 300");
    }

    @Test
    void theSeedDecides() {
        double[] values = new Random(8).doubles(40).toArray();
        assertEquals(bootstrap.mean(values), new PairedBootstrap(2000, 1).mean(values));
        assertNotEquals(bootstrap.mean(values), new PairedBootstrap(2000, 2).mean(values));
    }

    @Test
    void quantilesAreInterpolated() {
        double[] sorted = {0, 10, 20};
        assertEquals(0, PairedBootstrap.quantile(sorted, 0));
        assertEquals(15, PairedBootstrap.quantile(sorted, 0.75));
        assertEquals(20, PairedBootstrap.quantile(sorted, 1));
        assertEquals(4, PairedBootstrap.quantile(new double[] {4}, 0.5));
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> bootstrap.difference(new double[2], new double[3]));
        assertThrows(IllegalArgumentException.class, () -> bootstrap.mean(new double[0]));
        assertThrows(IllegalArgumentException.class, () -> new PairedBootstrap(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new PairedBootstrap(1, 1, 1));
        assertFalse(new Interval(0, -1, 1).excludesZero());
        assertThrows(IllegalArgumentException.class, () -> new Interval(0, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> new Interval(0, Double.NaN, 1));
    }
}
