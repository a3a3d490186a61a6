package io.bantam.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;

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
        @JsonProperty("tokens") int newTokens) {}
