package io.bantam.compression.ptq;

import java.util.Arrays;
import java.util.List;

/**
 * Chooses for every tensor one of several widths, so that the sum of the losses is least and the sum of the sizes stays
 * within a budget: a multiple-choice knapsack, solved by dynamic programming over the size.
 *
 * <p>Sizes are counted in their greatest common divisor, which makes the solution exact, or, where that gives more than
 * {@value #LARGEST_TABLE} units, in coarser units rounded up, which keeps the budget and may miss the best by little.
 */
public final class BitAllocation {
    private static final int LARGEST_TABLE = 50_000;

    private BitAllocation() {}

    /**
     * A width that a tensor may have.
     *
     * @param bits the width
     * @param size what it takes of the budget, at least 1
     * @param loss what it costs, finite
     */
    public record Option(int bits, long size, double loss) {}

    /**
     * The best choice.
     *
     * @param tensors the options of each tensor, at least one
     * @param budget the most that the sizes may sum up to
     * @return for each tensor the option chosen
     * @throws IllegalArgumentException if even the smallest options exceed the budget
     */
    public static List<Option> best(List<List<Option>> tensors, long budget) {
        long least = tensors.stream()
                .mapToLong(options ->
                        options.stream().mapToLong(Option::size).min().orElseThrow())
                .sum();
        if (least > budget) {
            throw new IllegalArgumentException(
                    "the budget of " + budget + " bits is less than the " + least + " of the smallest widths");
        }
        long unit = Math.max(commonDivisor(tensors), Math.ceilDiv(budget, LARGEST_TABLE));
        // Rounding up may make even the smallest choice too large; it is let in then.
        int capacity = (int) Math.max(budget / unit, smallest(tensors, unit));
        double[] losses = new double[capacity + 1];
        byte[][] chosen = new byte[tensors.size()][capacity + 1];
        for (int i = 0; i < tensors.size(); i++) {
            losses = add(losses, tensors.get(i), unit, chosen[i]);
        }
        Option[] best = new Option[tensors.size()];
        int left = capacity;
        for (int i = tensors.size() - 1; i >= 0; i--) {
            best[i] = tensors.get(i).get(chosen[i][left]);
            left -= (int) Math.ceilDiv(best[i].size(), unit);
        }
        return List.of(best);
    }

    /** The least losses with one more tensor, for every capacity, and the options that give them. */
    private static double[] add(double[] before, List<Option> options, long unit, byte[] chosen) {
        double[] after = new double[before.length];
        Arrays.fill(after, Double.POSITIVE_INFINITY);
        for (int option = 0; option < options.size(); option++) {
            int size = (int) Math.min(Math.ceilDiv(options.get(option).size(), unit), before.length);
            double loss = options.get(option).loss();
            for (int capacity = size; capacity < before.length; capacity++) {
                if (before[capacity - size] + loss < after[capacity]) {
                    after[capacity] = before[capacity - size] + loss;
                    chosen[capacity] = (byte) option;
                }
            }
        }
        return after;
    }

    private static long smallest(List<List<Option>> tensors, long unit) {
        return tensors.stream()
                .mapToLong(options -> options.stream()
                        .mapToLong(option -> Math.ceilDiv(option.size(), unit))
                        .min()
                        .orElseThrow())
                .sum();
    }

    private static long commonDivisor(List<List<Option>> tensors) {
        long divisor = 0;
        for (List<Option> options : tensors) {
            for (Option option : options) {
                long other = option.size();
                while (other != 0) {
                    long rest = divisor % other;
                    divisor = other;
                    other = rest;
                }
            }
        }
        return Math.max(divisor, 1);
    }
}
