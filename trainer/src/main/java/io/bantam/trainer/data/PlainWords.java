package io.bantam.trainer.data;

import java.util.Arrays;

/**
 * Cuts text of any language into words, coarsely: runs of letters, digits and underscores, runs of other characters
 * that are not blank, and runs of line ends. Other white space only separates.
 */
final class PlainWords {
    private static final int SPACE = 0;
    private static final int LINE_END = 1;
    private static final int NAME = 2;
    private static final int SIGN = 3;

    private int[] bounds = new int[64];
    private int count;

    /** The words of a text. */
    PlainWords(String text) {
        int at = 0;
        while (at < text.length()) {
            int kind = kind(text.charAt(at));
            int end = at + 1;
            while (end < text.length() && kind(text.charAt(end)) == kind) {
                end++;
            }
            if (kind != SPACE) {
                add(at, end);
            }
            at = end;
        }
    }

    private static int kind(char c) {
        if (c == '\n') {
            return LINE_END;
        }
        if (Character.isWhitespace(c)) {
            return SPACE;
        }
        return c == '_' || Character.isLetterOrDigit(c) || Character.isSurrogate(c) ? NAME : SIGN;
    }

    private void add(int from, int to) {
        if (2 * count == bounds.length) {
            bounds = Arrays.copyOf(bounds, 2 * bounds.length);
        }
        bounds[2 * count] = from;
        bounds[2 * count++ + 1] = to;
    }

    int count() {
        return count;
    }

    /** Where a word begins. */
    int start(int word) {
        return bounds[2 * word];
    }

    /** The place behind a word. */
    int end(int word) {
        return bounds[2 * word + 1];
    }
}
