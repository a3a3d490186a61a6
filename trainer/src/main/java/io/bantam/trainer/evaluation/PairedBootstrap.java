package io.bantam.trainer.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Percentile bootstrap of means over samples, and of the mean difference of two models scored on the same samples.
 *
 * <p>Both scores of a sample are drawn together, so what makes a sample easy or hard for both models cancels out (P.
 * Koehn, Statistical Significance Tests for Machine Translation Evaluation, EMNLP 2004). The same seed gives the same
 * interval.
 *
 * @param resamples number of draws of the whole set, at least 1
 * @param seed of the draws
 * @param confidence share of the draws inside the interval, between 0 and 1
 */
public record PairedBootstrap(int resamples, long seed, double confidence) {
    public static final double DEFAULT_CONFIDENCE = 0.95;

    public PairedBootstrap {
        if (resamples < 1) {
            throw new IllegalArgumentException("resamples must be at least 1, not " + resamples);
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("confidence must be between 0 and 1, not " + confidence);
        }
    }

    public PairedBootstrap(int resamples, long seed) {
        this(resamples, seed, DEFAULT_CONFIDENCE);
    }

    /**
     * Returns mean and interval of {@code variant - baseline}.
     *
     * @throws IllegalArgumentException if the two differ in length or are empty
     */
    public Interval difference(double[] variant, double[] baseline) {
        if (variant.length != baseline.length) {
            throw new IllegalArgumentException(
                    "paired scores need the same samples: " + variant.length + " and " + baseline.length);
        }
        double[] differences = new double[variant.length];
        Arrays.setAll(differences, i -> variant[i] - baseline[i]);
        return mean(differences);
    }

    /** Returns mean and interval of the mean of the values. */
    public Interval mean(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        SplittableRandom random = new SplittableRandom(seed);
        double[] means = new double[resamples];
        for (int r = 0; r < resamples; r++) {
            double sum = 0;
            for (int i = 0; i < values.length; i++) {
                sum += values[random.nextInt(values.length)];
            }
            means[r] = sum / values.length;
        }
        Arrays.sort(means);
        double tail = (1 - confidence) / 2;
        return new Interval(
                Arrays.stream(values).sum() / values.length, quantile(means, tail), quantile(means, 1 - tail));
    }

    /** Quantile of sorted values, interpolated linearly between neighbours. */
    static double quantile(double[] sorted, double share) {
        double position = share * (sorted.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(below + 1, sorted.length - 1);
        double fraction = position - below;
        return sorted[below] + fraction * (sorted[above] - sorted[below]);
    }
}
