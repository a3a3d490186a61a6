package io.bantam.trainer.evaluation;

/**
 * Token level quality.
 *
 * @param loss mean negative log-likelihood in nats a token, over {@code lossTokens}
 * @param accuracy percent of {@code accuracyTokens} to which the model gives the largest logit
 * @param lossTokens all predicted tokens but {@code <pad>}
 * @param accuracyTokens those of them that are none of {@code <s>}, {@code </s>}, {@code <EOL>}
 */
public record TokenScore(double loss, double accuracy, long lossTokens, long accuracyTokens) {
    /** Returns {@code exp(loss)}. */
    public double perplexity() {
        return Math.exp(loss);
    }
}
