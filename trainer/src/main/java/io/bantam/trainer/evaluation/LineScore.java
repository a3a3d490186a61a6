package io.bantam.trainer.evaluation;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/**
 * The scores of a set of completed lines.
 *
 * @param samples one score a line, in the order of the answers
 * @param emptyTruths how many truths are empty; CodeXGLUE's published py150 test has only empty ones, so that a score
 *     on it means nothing
 */
public record LineScore(List<SampleScore> samples, int emptyTruths) {
    public LineScore {
        samples = List.copyOf(samples);
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("a score needs at least one sample");
        }
    }

    /**
     * The scores of one line.
     *
     * @param exactMatch whether prediction and truth are the same words
     * @param editSimilarity 0 to 100
     */
    public record SampleScore(boolean exactMatch, int editSimilarity) {
        /** Scores a raw prediction against the raw truth. */
        public static SampleScore of(String prediction, String truth) {
            return new SampleScore(ExactMatch.matches(prediction, truth), EditSimilarity.of(prediction, truth));
        }
    }

    /** Returns the share of exact matches in percent. */
    public double exactMatch() {
        long matches = samples.stream().filter(SampleScore::exactMatch).count();
        return (double) matches / samples.size() * 100;
    }

    /** Returns the mean edit similarity, 0 to 100. */
    public double editSimilarity() {
        long sum = samples.stream().mapToLong(SampleScore::editSimilarity).sum();
        return (double) sum / samples.size();
    }

    /** Returns both means rounded to two digits, worded as CodeXGLUE's evaluator prints them. */
    public String summary() {
        return "Edit sim: " + rounded(editSimilarity()) + ", EM: " + rounded(exactMatch());
    }

    /** Two digits, of the exact binary value, as Python's {@code round} does; trailing zeros are not printed. */
    static String rounded(double value) {
        return Double.toString(
                new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN).doubleValue());
    }
}
