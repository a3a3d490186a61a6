package io.bantam.trainer.robustness;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.BinomialTest;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

/** Two-sided tests of whether the same samples came out differently twice. */
public final class PairedTests {
    private PairedTests() {}

    /**
     * Wilcoxon's signed-rank test (Biometrics Bulletin 1, 1945) of scores.
     *
     * @return the p-value; 1 where all scores are the same twice
     */
    public static double wilcoxon(double[] before, double[] after) {
        requirePairs(before.length, after.length);
        double[] differences = IntStream.range(0, before.length)
                .mapToDouble(i -> after[i] - before[i])
                .filter(difference -> difference != 0)
                .toArray();
        return differences.length == 0
                ? 1
                : WilcoxonSignedRankTest.withDefaults().test(differences).getPValue();
    }

    /**
     * McNemar's test (Psychometrika 12, 1947) in its exact form: of the samples that came out differently, either way
     * is as likely as the other.
     *
     * @return the p-value; 1 where all samples came out the same twice
     */
    public static double mcNemar(boolean[] before, boolean[] after) {
        requirePairs(before.length, after.length);
        int lost = (int) IntStream.range(0, before.length)
                .filter(i -> before[i] && !after[i])
                .count();
        int won = (int) IntStream.range(0, before.length)
                .filter(i -> !before[i] && after[i])
                .count();
        return lost + won == 0
                ? 1
                : BinomialTest.withDefaults().test(lost + won, lost, 0.5).getPValue();
    }

    /** Returns the drop in percent of the mean before, (before - after) / before; 0 where there was nothing to lose. */
    public static double drop(double[] before, double[] after) {
        requirePairs(before.length, after.length);
        double sum = Arrays.stream(before).sum();
        return sum == 0 ? 0 : 100 * (sum - Arrays.stream(after).sum()) / sum;
    }

    private static void requirePairs(int before, int after) {
        if (before != after || before == 0) {
            throw new IllegalArgumentException("paired samples are needed, not " + before + " and " + after);
        }
    }
}
