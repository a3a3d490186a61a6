package io.bantam.trainer.search;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SuccessiveHalvingTest {
    private static final List<Integer> NINE = IntStream.range(0, 9).boxed().toList();

    @Test
    void aThirdGoesOnToThreeTimesTheWork() throws IOException {
        List<String> trials = new ArrayList<>();
        Map<Integer, double[]> last = new SuccessiveHalving(3, 3).run(NINE, (candidate, rung, part) -> {
            trials.add("%d in %d with %.4f".formatted(candidate, rung, part));
            return Optional.of(new double[] {-candidate});
        });
        assertEquals(9 + 3 + 1, trials.size());
        assertEquals("0 in 0 with 0.1111", trials.getFirst());
        assertEquals(List.of("6 in 1 with 0.3333", "7 in 1 with 0.3333", "8 in 1 with 0.3333"), trials.subList(9, 12));
        assertEquals("8 in 2 with 1.0000", trials.getLast());
        assertEquals(List.of(8), List.copyOf(last.keySet()));
        assertArrayEquals(new double[] {-8}, last.get(8));
    }

    @Test
    void whatBreaksABoundIsTriedNoMore() throws IOException {
        List<Integer> second = new ArrayList<>();
        Map<Integer, double[]> last = new SuccessiveHalving(2, 2).run(NINE, (candidate, rung, part) -> {
            if (rung == 1) {
                second.add(candidate);
            }
            return candidate == 0 ? Optional.empty() : Optional.of(new double[] {candidate, 8 - candidate});
        });
        // Half of the eight that are left; all are on the front, so its ends are among them.
        assertEquals(4, second.size());
        assertEquals(List.of(1, 8), List.of(second.getFirst(), second.getLast()));
        assertEquals(second, List.copyOf(last.keySet()));
    }

    @Test
    void nothingMayBeLeft() throws IOException {
        assertEquals(Map.of(), new SuccessiveHalving(2, 2).run(NINE, (candidate, rung, part) -> Optional.empty()));
    }

    @Test
    void refusesWhatIsNoHalving() {
        assertThrows(IllegalArgumentException.class, () -> new SuccessiveHalving(0, 2));
        assertThrows(IllegalArgumentException.class, () -> new SuccessiveHalving(2, 1));
    }
}
