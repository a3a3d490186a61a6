package io.bantam.trainer.evaluation;

/** A model that gives for every position of a sequence the logits of the next token. Used by one thread at a time. */
@FunctionalInterface
public interface NextTokenLogits {
    /**
     * Runs the model over the tokens and hands the logits after position 0, 1, ... to {@code rows}, once each, in any
     * order.
     *
     * @param tokens at most as many as the model has positions
     */
    void compute(int[] tokens, Row rows);

    /** Takes the logits of one position. */
    @FunctionalInterface
    interface Row {
        /**
         * @param position of the last token seen
         * @param logits one a token of the vocabulary, of the token at {@code position + 1}; valid only during the call
         */
        void accept(int position, float[] logits);
    }
}
