package io.bantam.runtime.completion;

/** Hears of the text of a completion as it grows. */
@FunctionalInterface
public interface CompletionListener {
    /**
     * Takes the next piece of source. Called at least once a token, with an empty piece where nothing is certain yet,
     * so that a completion nobody waits for can be given up early.
     *
     * @return whether to go on
     */
    boolean accept(String piece);
}
