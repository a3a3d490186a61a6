package io.bantam.runtime.completion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class SamplerTest {
    /** Probabilities 0.1, 0.2, 0.6, 0.1 at temperature 1. */
    private static final float[] LOGITS = {(float) Math.log(1), (float) Math.log(2), (float) Math.log(6), 0};

    private static int[] draw(Sampling sampling, int draws) {
        Sampler sampler = new Sampler(sampling);
        int[] counts = new int[LOGITS.length];
        for (int i = 0; i < draws; i++) {
            counts[sampler.next(LOGITS, token -> true)]++;
        }
        return counts;
    }

    @Test
    void greedyTakesTheFirstOfTheLargest() {
        Sampler sampler = new Sampler(Sampling.GREEDY);
        assertEquals(2, sampler.next(LOGITS, token -> true));
        assertEquals(0, sampler.next(LOGITS, token -> token == 0 || token == 3));
        assertEquals(-1, sampler.next(LOGITS, token -> false));
        assertEquals(-1, new Sampler(new Sampling(1, 0, 1, 0)).next(LOGITS, token -> false));
    }

    @Test
    void drawsByProbability() {
        int[] counts = draw(new Sampling(1, 0, 1, 7), 20_000);
        double[] expected = {0.1, 0.2, 0.6, 0.1};
        for (int i = 0; i < counts.length; i++) {
            // Five standard deviations of a share of 20,000 draws.
            assertEquals(expected[i], counts[i] / 20_000.0, 0.018);
        }
    }

    @Test
    void topKAndTopPDropTheRest() {
        assertEquals(0, draw(new Sampling(1, 2, 1, 7), 1000)[0] + draw(new Sampling(1, 2, 1, 7), 1000)[3]);
        assertTrue(draw(new Sampling(1, 2, 1, 7), 1000)[1] > 100);
        assertEquals(1000, draw(new Sampling(1, 0, 0.5f, 7), 1000)[2]);
        assertEquals(1000, draw(new Sampling(1, 1, 1, 7), 1000)[2]);
        assertEquals(0, draw(new Sampling(1, 0, 0.79f, 7), 1000)[0]);
    }

    @Test
    void aLowTemperatureIsAlmostGreedy() {
        assertTrue(draw(new Sampling(0.1f, 0, 1, 3), 1000)[2] > 990);
    }

    @Test
    void refusesWhatIsOutside() {
        assertThrows(IllegalArgumentException.class, () -> new Sampling(-1, 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(Float.NaN, 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(1, -1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 1.1f, 0));
    }
}
