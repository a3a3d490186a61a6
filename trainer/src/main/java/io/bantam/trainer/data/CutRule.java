package io.bantam.trainer.data;

/** Where a file is cut to make a line completion task of it. */
public enum CutRule {
    /**
     * CodeXGLUE's rule: before a token drawn uniformly from the 11th on, line ends excepted; the target is the rest of
     * that token's line.
     */
    RANDOM_CUT,

    /** The rule of the CodeGPT-on-XTC thesis: before the last line of the file; the target is that line. */
    LAST_LINE
}
