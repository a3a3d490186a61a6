package io.bantam.runtime.completion;

import java.util.List;

/**
 * The settings of a completion: how tokens are chosen and when to stop. A completion always ends where the model ends
 * the file.
 *
 * @param maximumTokens tokens to write at most, from 1 to the model's positions less 1
 * @param maximumLines lines to write at most; 1 stops at the line end
 * @param sampling how tokens are chosen
 * @param stops texts before the first of which the completion ends; none may be empty
 */
public record CompletionOptions(int maximumTokens, int maximumLines, Sampling sampling, List<String> stops) {
    /** The default: greedy, up to the line end or 64 tokens. */
    public static final CompletionOptions DEFAULT = new CompletionOptions(64, 1, Sampling.GREEDY, List.of());

    /** Checks the ranges. */
    public CompletionOptions {
        if (maximumTokens < 1 || maximumLines < 1) {
            throw new IllegalArgumentException(
                    "expected at least 1 token and 1 line, got " + maximumTokens + " and " + maximumLines);
        }
        stops = List.copyOf(stops);
        if (stops.contains("")) {
            throw new IllegalArgumentException("a stop text is empty");
        }
    }
}
