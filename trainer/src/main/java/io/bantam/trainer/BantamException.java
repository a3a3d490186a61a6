package io.bantam.trainer;

/**
 * A problem that the user can solve: a wrong option, a file that is missing or damaged, data that does not fit.
 *
 * <p>The message is shown as it stands, without class name or stack trace, so it says what was wrong, where, and what
 * to do. Anything that is a fault of the program itself is some other exception and keeps its trace.
 */
public class BantamException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what was wrong, where, and what to do about it
     */
    public BantamException(String message) {
        super(message);
    }

    /**
     * @param message what was wrong, where, and what to do about it
     * @param cause   what was caught on the way; goes to the log file only
     */
    public BantamException(String message, Throwable cause) {
        super(message, cause);
    }
}
