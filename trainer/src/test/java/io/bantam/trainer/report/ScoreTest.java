package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.evaluation.Interval;
import io.bantam.trainer.evaluation.PairedBootstrap;
import org.junit.jupiter.api.Test;

class ScoreTest {
    @Test
    void hasTheIntervalsThatWereAskedFor() {
        double[] samples = {0, 50, 100};
        PairedBootstrap bootstrap = new PairedBootstrap(100, 1);
        assertEquals(new Score(50, null, null), Score.of(samples, samples, null));
        Score baseline = Score.of(samples, null, bootstrap);
        assertNull(baseline.difference());
        assertTrue(baseline.interval().low() < 50 && baseline.interval().high() > 50);
        assertEquals(
                new Interval(0, 0, 0), Score.of(samples, samples, bootstrap).difference());
        assertThrows(IllegalArgumentException.class, () -> Score.of(new double[0], null, null));
    }
}
