package io.bantam.runtime.completion;

/**
 * The text before a cursor as a model reads it, and the way back from the tokens that the model writes to source. One
 * instance serves one completion.
 */
sealed interface CursorText permits NormalFormCursor, PlainCursor {
    /** The tokens that the model reads; empty if there is nothing to go on from. */
    int[] context();

    /** How many tokens at the beginning of the context stay there when the rest of its beginning is cut off. */
    int kept();

    /** Whether a token may come next. */
    boolean allows(int token);

    /** Whether a token ends the file; such a token is not added. */
    boolean endsFile(int token);

    /** Takes the next token; returns the source that is certain now. */
    String add(int token);

    /** Whether all lines are there that were asked for. */
    boolean complete();

    /** The source of what was held back. */
    String end();
}
