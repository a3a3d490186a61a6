package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.bantam.trainer.evaluation.TokenEvaluator.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenEvaluatorTest {
    private static final int PAD = 9;
    private static final Set<Integer> SPECIAL = Set.of(0, 1);

    /** Gives the logit ln 3 to the token after the last one seen and 0 to the nine others: probability 3 of 12. */
    private static void successor(int[] tokens, NextTokenLogits.Row rows) {
        float[] logits = new float[10];
        for (int position = 0; position < tokens.length; position++) {
            java.util.Arrays.fill(logits, 0);
            logits[(tokens[position] + 1) % 10] = (float) Math.log(3);
            rows.accept(position, logits);
        }
    }

    @Test
    void lossCountsAllButPaddingAndAccuracyLeavesOutSpecialTokens() {
        // predicted: 3 (right), 1 (special, wrong), 2 (right), 7 (wrong); the padding counts for nothing
        int[] file = {2, 3, 1, 2, 7, PAD, PAD};
        TokenScore score = evaluate(new Settings(100, PAD, SPECIAL, 1), List.of(file));
        assertEquals(4, score.lossTokens());
        assertEquals(3, score.accuracyTokens());
        assertEquals(200.0 / 3, score.accuracy(), 1e-9);
        assertEquals((2 * Math.log(4) + 2 * Math.log(12)) / 4, score.loss(), 1e-6);
        assertEquals(Math.exp(score.loss()), score.perplexity());
    }

    @Test
    void everyTokenOfALongFileIsPredictedOnceWhateverTheWindow() {
        Random random = new Random(12);
        List<int[]> files =
                List.of(random.ints(97, 2, 9).toArray(), random.ints(1, 2, 9).toArray(), new int[0]);
        TokenScore whole = evaluate(new Settings(100, PAD, SPECIAL, 1), files);
        for (int context : new int[] {2, 3, 48, 49, 50, 96, 97}) {
            TokenScore windows = evaluate(new Settings(context, PAD, SPECIAL, 1), files);
            assertEquals(96, windows.lossTokens(), "context " + context);
            assertEquals(whole.accuracy(), windows.accuracy(), 1e-12);
            assertEquals(whole.loss(), windows.loss(), 1e-12);
        }
    }

    @Test
    void threadsDoNotChangeTheResult() {
        List<int[]> files = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            files.add(new Random(i).ints(30, 0, 10).toArray());
        }
        assertEquals(
                evaluate(new Settings(16, PAD, SPECIAL, 1), files), evaluate(new Settings(16, PAD, SPECIAL, 4), files));
    }

    @Test
    void largeLogitsDoNotOverflowAndOnesThatAreNotFiniteAreRefused() {
        assertEquals(0, TokenEvaluator.negativeLogLikelihood(new float[] {1e30f, 0}, 0));
        assertThrows(
                EvaluationException.class, () -> TokenEvaluator.negativeLogLikelihood(new float[] {Float.NaN, 0}, 0));
        assertThrows(
                EvaluationException.class,
                () -> TokenEvaluator.negativeLogLikelihood(new float[] {0, Float.NEGATIVE_INFINITY}, 1));
        assertThrows(
                EvaluationException.class,
                () -> evaluate(new Settings(100, PAD, SPECIAL, 1), List.of(new int[] {3}, new int[0])));
    }

    private static TokenScore evaluate(Settings settings, List<int[]> files) {
        return new TokenEvaluator(settings)
                .evaluate(files, () -> TokenEvaluatorTest::successor, EvaluationProgress.NONE);
    }
}
