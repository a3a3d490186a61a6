package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.Interval;
import io.bantam.trainer.evaluation.PairedBootstrap;
import java.util.Arrays;

/**
 * A score over samples, 0 to 100, and how sure it is.
 *
 * @param value mean over the samples
 * @param interval of the mean; null if intervals were not asked for
 * @param difference to the baseline on the same samples; null for the baseline itself and without intervals
 */
public record Score(double value, Interval interval, Interval difference) {
    public Score {
        Checks.finite("score", value);
    }

    /**
     * Makes the score of a variant from its scores per sample.
     *
     * @param samples one value a sample
     * @param baseline the baseline's values for the same samples; null for the baseline itself
     * @param bootstrap makes the intervals; null leaves them out
     */
    public static Score of(double[] samples, double[] baseline, PairedBootstrap bootstrap) {
        double mean = Arrays.stream(samples).average().orElseThrow(() -> new IllegalArgumentException("no samples"));
        if (bootstrap == null) {
            return new Score(mean, null, null);
        }
        return new Score(
                mean, bootstrap.mean(samples), baseline == null ? null : bootstrap.difference(samples, baseline));
    }
}
