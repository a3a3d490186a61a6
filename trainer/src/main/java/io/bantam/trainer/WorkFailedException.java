package io.bantam.trainer;

/**
 * Work that was asked for correctly, was begun, and cannot be finished: a loss that became NaN, a full disk, an
 * exported file that does not reproduce its model. The command line ends with exit code 1 instead of 2.
 */
public class WorkFailedException extends BantamException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what happened, where, what was kept, and what to do about it
     */
    public WorkFailedException(String message) {
        super(message);
    }

    /**
     * @param message what happened, where, what was kept, and what to do about it
     * @param cause   what was caught on the way; goes to the log file only
     */
    public WorkFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
