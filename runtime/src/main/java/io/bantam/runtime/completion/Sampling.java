package io.bantam.runtime.completion;

/**
 * The rule by which the next token is chosen.
 *
 * <p>With temperature 0 it is the most probable one. Otherwise logits are divided by the temperature, all but the
 * {@code topK} most probable tokens are dropped, then all behind the most probable ones that together reach {@code
 * topP}, and one of the rest is drawn by its probability (nucleus sampling; Holtzman et al., arXiv:1904.09751).
 *
 * @param temperature 0 for greedy, up to 10
 * @param topK tokens to choose from; 0 for all
 * @param topP probability that the tokens to choose from reach together, above 0 and up to 1
 * @param seed the same seed gives the same text on the same machine
 */
public record Sampling(float temperature, int topK, float topP, long seed) {
    /** Greedy choice: always the most probable token. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

    /** Refuses numbers outside of their ranges. */
    public Sampling {
        if (!(temperature >= 0 && temperature <= 10)) {
            throw new IllegalArgumentException("temperature: expected 0 to 10, got " + temperature);
        }
        if (topK < 0) {
            throw new IllegalArgumentException("top-k: expected 0 (all) or more, got " + topK);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top-p: expected a number above 0 and at most 1, got " + topP);
        }
    }
}
