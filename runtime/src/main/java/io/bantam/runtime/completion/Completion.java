package io.bantam.runtime.completion;

/**
 * A finished completion.
 *
 * @param text the source to insert at the cursor
 * @param end why it ends
 * @param promptTokens tokens of the source that the model read, its first ones left out where they did not fit
 * @param reusedTokens how many of those it remembered from the completion before
 * @param tokens tokens that it wrote, the one that ended it included
 * @param promptMillis time until the first token
 * @param generationMillis time for the tokens after the first
 */
public record Completion(
        String text,
        End end,
        int promptTokens,
        int reusedTokens,
        int tokens,
        double promptMillis,
        double generationMillis) {
    /** The reason why a completion ends. */
    public enum End {
        /** The lines that were asked for are complete. */
        LINE_END,
        /** The model ended the file. */
        FILE_END,
        /** A stop text came. */
        STOP,
        /** The token budget is used up. */
        TOKEN_LIMIT,
        /** The listener wanted no more. */
        CANCELLED,
        /** The cursor is in a comment or a string, or the model has nothing that fits. */
        NOTHING
    }

    /** Tokens read per second, those that were remembered left out. */
    public double promptTokensPerSecond() {
        return perSecond(promptTokens - reusedTokens, promptMillis);
    }

    /** Tokens written per second after the first; 0 if there were none. */
    public double tokensPerSecond() {
        return perSecond(tokens - 1, generationMillis);
    }

    private static double perSecond(int tokens, double millis) {
        return tokens <= 0 || millis <= 0 ? 0 : 1000 * tokens / millis;
    }
}
