package io.bantam.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.bantam.trainer.evaluation.LineScore.SampleScore;

/**
 * What a model made of one sample; a line of a predictions file.
 *
 * @param id of the sample
 * @param context the end of the sample's input, for people who read examples
 * @param truth JSON {@code gt}
 * @param prediction JSON {@code pred}
 * @param exactMatch JSON {@code em}, 0 or 1
 * @param editSimilarity JSON {@code es}, 0 to 100
 * @param newTokens JSON {@code tokens}: how many tokens the model wrote, the stop token not counted
 */
public record LinePrediction(
        String id,
        String context,
        @JsonProperty("gt") String truth,
        @JsonProperty("pred") String prediction,
        @JsonProperty("em") int exactMatch,
        @JsonProperty("es") int editSimilarity,
        @JsonProperty("tokens") int newTokens) {
    /** Characters of the input that a prediction keeps as its context. */
    private static final int CONTEXT_CHARACTERS = 400;

    /** Scores what a model wrote for a sample. */
    static LinePrediction of(LineSample sample, String prediction, int newTokens) {
        SampleScore score = SampleScore.of(prediction, sample.truth());
        return new LinePrediction(
                sample.id(),
                tail(sample.input()),
                sample.truth(),
                prediction,
                score.exactMatch() ? 1 : 0,
                score.editSimilarity(),
                newTokens);
    }

    /** The end of the input, cut at a space so that no token and no surrogate pair is broken. */
    private static String tail(String input) {
        if (input.length() <= CONTEXT_CHARACTERS) {
            return input;
        }
        int from = input.length() - CONTEXT_CHARACTERS;
        int space = input.indexOf(' ', from);
        if (space >= 0 && space + 1 < input.length()) {
            return input.substring(space + 1);
        }
        return input.substring(Character.isLowSurrogate(input.charAt(from)) ? from + 1 : from);
    }
}
