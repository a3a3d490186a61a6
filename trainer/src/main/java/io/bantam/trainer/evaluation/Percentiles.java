package io.bantam.trainer.evaluation;

import java.util.Arrays;

/**
 * The middle and the slow end of a set of times.
 *
 * @param p50 median
 * @param p95 95 of 100 are at most that
 */
public record Percentiles(double p50, double p95) {
    /** Returns the percentiles of at least one value, interpolated between neighbours. */
    public static Percentiles of(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Percentiles(PairedBootstrap.quantile(sorted, 0.5), PairedBootstrap.quantile(sorted, 0.95));
    }
}
