package io.bantam.runtime.python;

/**
 * Thrown where Python 3.11's {@code tokenize} module raises an error: text that is not in its declared encoding, an
 * unknown encoding, an indentation that fits no outer block, or a file that ends inside a string or a bracket.
 */
public final class PythonSyntaxException extends Exception {

    private static final long serialVersionUID = 1L;

    PythonSyntaxException(String message) {
        super(message);
    }

    PythonSyntaxException(int line, String message) {
        super("line " + line + ": " + message);
    }
}
