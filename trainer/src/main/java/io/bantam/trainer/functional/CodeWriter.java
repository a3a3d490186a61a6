package io.bantam.trainer.functional;

import io.bantam.runtime.completion.Sampling;
import java.util.function.Predicate;

/** A model that continues source code as text. One instance is used by one thread at a time. */
@FunctionalInterface
public interface CodeWriter {
    /**
     * Returns what the model writes behind the prompt.
     *
     * @param prompt source code; where it is too long for the model, its beginning is left out
     * @param maximumTokens most tokens to write
     * @param sampling how tokens are chosen
     * @param finished asked now and then with all the text written so far; true ends the writing
     */
    String write(String prompt, int maximumTokens, Sampling sampling, Predicate<String> finished);
}
