package io.bantam.trainer.evaluation;

/** A model that continues a token sequence. One instance is used by one thread at a time. */
@FunctionalInterface
public interface Completer {
    /**
     * Returns the new tokens, without the context and without the stop token.
     *
     * @param context token ids, at least one; fits the model together with the new tokens
     * @param maximumNewTokens most tokens to return
     * @param stopToken id of the token that ends the completion
     */
    int[] complete(int[] context, int maximumNewTokens, int stopToken);
}
