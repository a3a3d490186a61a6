package io.bantam.runtime.python;

/**
 * A token of Python source, as Python 3.11's {@code tokenize} module cuts it.
 *
 * <p>Names, operators and characters that the lexer does not know are all {@link Kind#OTHER}: the normal form writes
 * them as they stand. Indents, dedents, the encoding and the end marker are not reported at all.
 *
 * @param kind what the token is
 * @param text its exact spelling, line ends inside multi-line strings included
 */
record PythonToken(Kind kind, String text) {

    /** What the normal form distinguishes. */
    enum Kind {
        /** A string literal with prefix and quotes; an f-string is one token. */
        STRING,
        /** A number literal. */
        NUMBER,
        /** The end of a logical or of a physical line. */
        LINE_END,
        /** A comment, from {@code #} to the end of its line. */
        COMMENT,
        /** Anything else. */
        OTHER
    }
}
