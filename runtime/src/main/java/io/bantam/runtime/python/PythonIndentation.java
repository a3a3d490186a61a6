package io.bantam.runtime.python;

import java.util.Set;

/**
 * Guesses the indentation of lines, which the normal form does not have: deeper after a colon, less deep after a
 * statement that leaves its block, one step back for {@code else} and its like, and otherwise as before. Inside
 * brackets one step more than the statement.
 */
final class PythonIndentation {
    private static final Set<String> LEAVING = Set.of("return", "raise", "break", "continue", "pass");
    private static final Set<String> CONTINUING = Set.of("else", "elif", "except", "finally");
    private static final Set<String> TOP_LEVEL = Set.of("def", "class", "@", "import", "from", "if");

    private final String step;
    private final String cursorLine;
    private final boolean cursorAtLineStart;
    private final String above;
    private int depth;
    private String first;
    private String last;
    private boolean left;

    PythonIndentation(String source) {
        step = step(source);
        int lineStart = source.lastIndexOf('\n') + 1;
        cursorAtLineStart = lineStart > 0 && lineStart == source.length();
        above = cursorAtLineStart ? lastFilledLine(source) : "";
        String line = cursorAtLineStart ? above : source.substring(lineStart);
        cursorLine = blanks(line, 0);
        first = cursorAtLineStart ? "" : firstWord(line.substring(cursorLine.length()));
        last = !cursorAtLineStart && line.stripTrailing().endsWith(":") ? ":" : "";
    }

    /** Whether the cursor's line goes on with a bracket that an earlier line opened. */
    void cursorInBrackets(boolean inside) {
        depth = inside ? -1 : 0;
    }

    /** The indentation of a first word that is printed where the cursor's line has nothing but blanks. */
    String atCursor(String word) {
        if (!cursorAtLineStart) {
            return "";
        }
        if (depth < 0) {
            return cursorLine;
        }
        if (above.stripTrailing().endsWith(":")) {
            depth = 1;
        } else if (TOP_LEVEL.contains(word)) {
            depth = -Math.ceilDiv(cursorLine.length(), step.length());
        } else if (LEAVING.contains(firstWord(above.strip()))) {
            depth = -1;
        }
        return indentation();
    }

    /** Remembers a printed word. */
    void word(String word) {
        if (first.isEmpty()) {
            first = word;
        }
        last = word;
    }

    /** Takes note of a line end. */
    void endLine(boolean brackets) {
        left = false;
        if (brackets) {
            return;
        }
        if (last.equals(":")) {
            depth++;
        } else if (LEAVING.contains(first)) {
            depth--;
            left = true;
        }
        first = "";
        last = "";
    }

    /** The indentation of a line that begins with {@code word}. */
    String startLine(String word, boolean brackets) {
        if (brackets) {
            return indentation() + step;
        }
        if (CONTINUING.contains(word) && !left) {
            depth--;
        }
        return indentation();
    }

    private String indentation() {
        if (depth >= 0) {
            return cursorLine + step.repeat(depth);
        }
        int keep = Math.max(0, cursorLine.length() + depth * step.length());
        return cursorLine.substring(0, keep);
    }

    private static String firstWord(String line) {
        int end = 0;
        while (end < line.length() && Character.isJavaIdentifierPart(line.charAt(end))) {
            end++;
        }
        return line.substring(0, end);
    }

    private static String lastFilledLine(String source) {
        int end = source.length();
        while (end > 0) {
            int start = source.lastIndexOf('\n', end - 1) + 1;
            String line = source.substring(start, end);
            if (!line.isBlank()) {
                return line;
            }
            end = start - 1;
        }
        return "";
    }

    /** The smallest indentation that the source uses, four spaces if it has none. */
    private static String step(String source) {
        String smallest = "";
        for (int start = 0; start < source.length(); ) {
            String blanks = blanks(source, start);
            int next = source.indexOf('\n', start);
            boolean filled = start + blanks.length() < (next < 0 ? source.length() : next);
            if (filled && !blanks.isEmpty() && (smallest.isEmpty() || blanks.length() < smallest.length())) {
                smallest = blanks;
            }
            start = next < 0 ? source.length() : next + 1;
        }
        return smallest.isEmpty() ? "    " : smallest;
    }

    private static String blanks(String text, int start) {
        int end = start;
        while (end < text.length() && (text.charAt(end) == ' ' || text.charAt(end) == '\t')) {
            end++;
        }
        return text.substring(start, end);
    }
}
