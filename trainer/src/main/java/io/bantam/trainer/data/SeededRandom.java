package io.bantam.trainer.data;

/**
 * A small generator of random numbers (SplitMix64, Steele et al. 2014) whose sequence is fixed here and not by the JDK,
 * so that a run repeats itself on every machine and version.
 */
final class SeededRandom {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    SeededRandom(long seed) {
        state = LongSet.mix(seed + GOLDEN);
    }

    /** A generator for one of many independent tasks under the same seed. */
    SeededRandom(long seed, long task) {
        this(LongSet.mix(seed + GOLDEN) ^ LongSet.mix(task * GOLDEN + 1));
    }

    /** A whole number from 0 to {@code bound} - 1. */
    int below(int bound) {
        state += GOLDEN;
        return (int) Math.unsignedMultiplyHigh(LongSet.mix(state), bound);
    }

    /** The numbers 0 to {@code count} - 1 in random order. */
    int[] permutation(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
