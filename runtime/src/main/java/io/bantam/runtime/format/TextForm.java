package io.bantam.runtime.format;

/** The form of source code that a model reads and writes. */
public enum TextForm {
    /**
     * PY150's normal form of Python: tokens joined by single spaces, literals replaced, {@code <EOL>} for line ends.
     */
    PY150,
    /** Source text as it stands. */
    PLAIN
}
