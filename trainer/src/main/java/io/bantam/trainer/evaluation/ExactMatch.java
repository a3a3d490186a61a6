package io.bantam.trainer.evaluation;

/**
 * Exact match (EM) of one completed line: whether prediction and truth are the same list of words after the rules of
 * {@link LineText}. The score of a data set is the mean times 100.
 *
 * <p>CodeXGLUE, arXiv:2102.04664, code completion (line level).
 */
public final class ExactMatch {
    private ExactMatch() {}

    /** Returns whether the raw prediction matches the raw truth. */
    public static boolean matches(String prediction, String truth) {
        return LineText.words(LineText.ofPrediction(prediction)).equals(LineText.words(LineText.ofTruth(truth)));
    }
}
