package io.bantam.trainer.distill;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * The mean probability, 0 to 1, that the tokens of a teacher's cache have together, over all distributions that a
 * training has read. Counted in whole units of 2^-20, so that the order in which threads read does not show in the sum.
 */
public final class CacheCoverage implements Tally {
    private static final String KEPT = "cacheKept";
    private static final String DISTRIBUTIONS = "cacheDistributions";
    private static final double UNITS = 1 << 20;

    private long kept;
    private long distributions;

    /** @param logs k + 1 natural logarithms a distribution: of its k most likely tokens, and of the rest */
    synchronized void count(float[] logs, int k) {
        for (int rest = k; rest < logs.length; rest += k + 1) {
            kept += Math.round(UNITS * (1 - Math.exp(logs[rest])));
            distributions++;
        }
    }

    /** Returns the mean, or nothing before the first distribution. */
    public synchronized OptionalDouble mean() {
        return distributions == 0 ? OptionalDouble.empty() : OptionalDouble.of(kept / UNITS / distributions);
    }

    @Override
    public synchronized Map<String, Double> sums() {
        return Map.of(KEPT, (double) kept, DISTRIBUTIONS, (double) distributions);
    }

    @Override
    public synchronized void restore(Map<String, Double> sums) {
        kept = Math.round(sums.getOrDefault(KEPT, 0.0));
        distributions = Math.round(sums.getOrDefault(DISTRIBUTIONS, 0.0));
    }
}
