package io.bantam.trainer.sandbox;

/**
 * What became of a program.
 *
 * @param outcome how it ended
 * @param output the end of what it printed, both streams mixed; a few kilobytes at most
 * @param seconds wall clock, the start of the sandbox included
 */
public record SandboxResult(Outcome outcome, String output, double seconds) {
    /** How a program ended. */
    public enum Outcome {
        /** It ran to its last line without an exception. */
        PASSED,
        /** It raised an exception, left early, or was refused something by a limit. */
        FAILED,
        /** It was ended after its time. */
        TIMED_OUT,
        /** It was ended because all its processes together held too much memory. */
        OUT_OF_MEMORY,
        /** It was ended because it printed too much. */
        TOO_MUCH_OUTPUT
    }

    /** Returns whether it ran to its last line. */
    public boolean passed() {
        return outcome == Outcome.PASSED;
    }

    /**
     * Returns the last line of the output that is not blank, which is where Python names an exception; may be empty.
     */
    public String lastLine() {
        return output.lines().filter(line -> !line.isBlank()).reduce("", (before, line) -> line.strip());
    }
}
