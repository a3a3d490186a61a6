package io.bantam.trainer.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Token level evaluation: how well a model predicts the next token of whole files.
 *
 * <p>A file longer than the model's positions is cut into windows that overlap by one token, so that every token but
 * the file's first is predicted exactly once.
 */
public final class TokenEvaluator {
    private final Settings settings;

    /**
     * What to count.
     *
     * @param contextLength positions of the model, at least 2
     * @param padToken id of {@code <pad>}, which counts for nothing
     * @param notScored ids of {@code <s>}, {@code </s>} and {@code <EOL>}, which accuracy leaves out
     * @param workers threads, each with a model of its own
     */
    public record Settings(int contextLength, int padToken, Set<Integer> notScored, int workers) {
        public Settings {
            notScored = Set.copyOf(notScored);
            if (contextLength < 2) {
                throw new EvaluationException("token level evaluation needs a model of at least 2 positions");
            }
        }
    }

    private record Sums(double loss, long lossTokens, long correct, long accuracyTokens) {}

    public TokenEvaluator(Settings settings) {
        this.settings = settings;
    }

    /**
     * Evaluates files given as token ids. The sums are added file by file in order, so the result does not depend on
     * the number of threads.
     *
     * @throws EvaluationException if no token could be predicted, or a logit is not finite
     */
    public TokenScore evaluate(
            List<int[]> files, Supplier<? extends NextTokenLogits> models, EvaluationProgress progress) {
        List<Sums> sums = OrderedWorkers.<int[], NextTokenLogits, Sums>run(
                files, settings.workers(), models::get, this::file, progress);
        double loss = 0;
        long lossTokens = 0;
        long correct = 0;
        long accuracyTokens = 0;
        for (Sums file : sums) {
            loss += file.loss();
            lossTokens += file.lossTokens();
            correct += file.correct();
            accuracyTokens += file.accuracyTokens();
        }
        if (lossTokens == 0 || accuracyTokens == 0) {
            throw new EvaluationException("no token to predict in " + files.size() + " files");
        }
        return new TokenScore(loss / lossTokens, 100.0 * correct / accuracyTokens, lossTokens, accuracyTokens);
    }

    private Sums file(NextTokenLogits model, int[] tokens) {
        double[] loss = {0};
        long[] counts = new long[3];
        for (int start = 0; start + 1 < tokens.length; start += settings.contextLength() - 1) {
            int[] window = Arrays.copyOfRange(tokens, start, Math.min(tokens.length, start + settings.contextLength()));
            model.compute(window, (position, logits) -> {
                if (position + 1 >= window.length || window[position + 1] == settings.padToken()) {
                    return;
                }
                int truth = window[position + 1];
                loss[0] += negativeLogLikelihood(logits, truth);
                counts[0]++;
                if (!settings.notScored().contains(truth)) {
                    counts[1] += largest(logits) == truth ? 1 : 0;
                    counts[2]++;
                }
            });
        }
        return new Sums(loss[0], counts[0], counts[1], counts[2]);
    }

    /** Returns {@code log(sum(exp(logits))) - logits[truth]}, computed in double precision. */
    static double negativeLogLikelihood(float[] logits, int truth) {
        double maximum = logits[largest(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - maximum);
        }
        double loss = maximum + Math.log(sum) - logits[truth];
        if (!Double.isFinite(loss)) {
            throw new EvaluationException("the model gives a logit that is not finite (" + logits[truth]
                    + " for the true token, " + maximum + " at most); the weights are damaged");
        }
        return loss;
    }

    private static int largest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
