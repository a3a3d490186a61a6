package io.bantam.trainer.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ParetoFrontTest {
    /** Loss and size; 1 is worse than 0 in both, 4 as 2. */
    private static final List<double[]> POINTS = List.of(
            new double[] {1.0, 10}, new double[] {1.5, 12}, new double[] {2.0, 4}, new double[] {1.1, 9}, new double[] {
                2.0, 4
            });

    @Test
    void noPointOfTheFrontIsBeatenInEverything() {
        assertEquals(List.of(0, 2, 3, 4), ParetoFront.front(POINTS));
    }

    @Test
    void equalPointsDoNotDominateEachOther() {
        assertFalse(ParetoFront.dominates(POINTS.get(2), POINTS.get(4)));
        assertTrue(ParetoFront.dominates(POINTS.get(0), POINTS.get(1)));
        assertFalse(ParetoFront.dominates(POINTS.get(0), POINTS.get(2)));
    }

    @Test
    void theEndsOfAFrontComeFirstThenThoseFarFromOthers() {
        // Between the ends: 2 has 8/10 + 8/10 around it, 3 has 6/10 + 5/10, 1 has 4/10 + 5/10; 5 is behind them.
        List<double[]> line = List.of(
                new double[] {0, 10},
                new double[] {1, 9},
                new double[] {4, 5},
                new double[] {9, 1},
                new double[] {10, 0},
                new double[] {11, 11});
        assertEquals(List.of(0, 4, 2, 3, 1, 5), ParetoFront.order(line));
    }

    @Test
    void aFrontWithoutExtentKeepsItsOrder() {
        List<double[]> same = List.of(new double[] {1, 1}, new double[] {1, 1}, new double[] {1, 1});
        assertEquals(3, ParetoFront.order(same).size());
        assertEquals(List.of(0, 1, 2), ParetoFront.front(same));
    }
}
