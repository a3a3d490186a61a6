package io.bantam.runtime.format;

import java.io.IOException;

/**
 * A file that is not what it claims to be: truncated, overlapping, of another version, or of another kind.
 *
 * <p>The message is one line that names the file, the place in it, what was expected and what was found, and is meant
 * to be shown to the user as it is. Failures of the disk itself stay plain {@link IOException}s.
 */
public class FormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception whose message is {@code source: problem}. */
    public FormatException(Object source, String problem) {
        super(source + ": " + oneLine(problem));
    }

    /** Makes an exception whose message is {@code source: problem}, keeping what caused it. */
    public FormatException(Object source, String problem, Throwable cause) {
        super(source + ": " + oneLine(problem), cause);
    }

    /** A damaged file may have line breaks and worse in the names that a message repeats. */
    private static String oneLine(String problem) {
        return problem.replaceAll("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]", "?");
    }
}
