package io.bantam.runtime.python;

import java.util.List;

/**
 * The Python source before a cursor, as a model reads it.
 *
 * @param words the normal form of all that stands before {@code unfinished}, without {@value PythonNormalizer#START}
 * @param unfinished the name, keyword or operator that the cursor touches, which may be meant to go on; empty if none
 * @param touching whether no white space stands right before the cursor
 * @param insideText whether the cursor is in a comment or an open string, of which models know nothing
 */
public record PythonContext(List<String> words, String unfinished, boolean touching, boolean insideText) {
    /** Copies the words. */
    public PythonContext {
        words = List.copyOf(words);
    }

    /** The words as a model reads them, from {@value PythonNormalizer#START} on. */
    public String text() {
        return words.isEmpty() ? PythonNormalizer.START : PythonNormalizer.START + " " + String.join(" ", words);
    }
}
