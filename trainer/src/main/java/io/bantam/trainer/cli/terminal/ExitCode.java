package io.bantam.trainer.cli.terminal;

/** What the process returns to the shell. Part of the public interface: scripts depend on the numbers. */
public enum ExitCode {
    /** Everything asked for was done. */
    OK(0, "done"),
    /** The work was begun and failed: a diverged training, a full disk, a bug. */
    FAILED(1, "failed"),
    /** The request cannot be carried out as it stands: a wrong option, recipe or input file. */
    USAGE(2, "wrong use or bad input"),
    /** The launcher found no Java 25. */
    NO_JAVA(78, "no Java 25 was found"),
    /** Stopped by Ctrl-C. */
    INTERRUPTED(130, "interrupted");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** The number that the shell sees. */
    public int number() {
        return number;
    }

    /** A few words for the help text. */
    public String meaning() {
        return meaning;
    }
}
