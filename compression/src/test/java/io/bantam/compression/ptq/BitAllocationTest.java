package io.bantam.compression.ptq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.ptq.BitAllocation.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BitAllocationTest {

    @Test
    void theChoiceIsTheBestOfAll() {
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            List<List<Option>> tensors = new ArrayList<>();
            for (int tensor = 0; tensor < 5; tensor++) {
                long weights = 1 + random.nextInt(6);
                double loss = random.nextDouble();
                List<Option> options = new ArrayList<>();
                for (int bits : new int[] {2, 3, 4, 8}) {
                    options.add(new Option(bits, bits * weights * 12, loss / (1 << (2 * bits))));
                }
                tensors.add(options);
            }
            long budget = 12L * 2 * 30 + random.nextInt(900);
            List<Option> best = BitAllocation.best(tensors, budget);
            assertTrue(best.stream().mapToLong(Option::size).sum() <= budget);
            double expected = leastLoss(tensors, 0, budget);
            assertEquals(expected, best.stream().mapToDouble(Option::loss).sum(), 1e-12, "round " + round);
        }
    }

    private static double leastLoss(List<List<Option>> tensors, int from, long budget) {
        if (from == tensors.size()) {
            return 0;
        }
        double least = Double.POSITIVE_INFINITY;
        for (Option option : tensors.get(from)) {
            if (option.size() <= budget) {
                least = Math.min(least, option.loss() + leastLoss(tensors, from + 1, budget - option.size()));
            }
        }
        return least;
    }

    @Test
    void aLargeTableIsMadeCoarserButTheBudgetHolds() {
        List<List<Option>> tensors = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tensors.add(List.of(new Option(2, 2_000_003, 1), new Option(4, 4_000_037, 0.1 * (1 + i))));
        }
        long budget = 60_000_000;
        List<Option> best = BitAllocation.best(tensors, budget);
        assertTrue(best.stream().mapToLong(Option::size).sum() <= budget);
        // Nine of twenty can have 4 bits: those that gain most.
        assertEquals(9, best.stream().filter(option -> option.bits() == 4).count());
        assertEquals(4, best.getFirst().bits());
        assertEquals(2, best.getLast().bits());
    }

    @Test
    void aBudgetThatIsTooSmallIsRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> BitAllocation.best(List.of(List.of(new Option(2, 20, 1))), 19))
                .getMessage();
        assertEquals("the budget of 19 bits is less than the 20 of the smallest widths", message);
        assertEquals(
                2,
                BitAllocation.best(List.of(List.of(new Option(2, 20, 1))), 20)
                        .getFirst()
                        .bits());
    }
}
