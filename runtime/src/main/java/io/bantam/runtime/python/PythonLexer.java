package io.bantam.runtime.python;

import io.bantam.runtime.python.PythonToken.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts Python source into tokens exactly as the pure-Python lexer of Python 3.11's {@code tokenize} module does, its
 * habits with broken source included (an unknown character, or the quote of a string that its line does not close, is a
 * token of its own; a bracket that is never closed is an error only at the end).
 *
 * <p>Works line by line, a line ending at {@code \n} only. One instance lexes one text.
 */
final class PythonLexer {

    private static final int TAB = 8;

    /** Operators of two and three characters, the longest first; every operator of one character is in SINGLES. */
    private static final String[] LONG_OPERATORS = {
        "...", "**=", "//=", ">>=", "<<=", "!=", "%=", "&=", "**", "*=", "+=", "-=", "->", "//", "/=", ":=", "<<", "<=",
        "==", ">=", ">>", "@=", "^=", "|="
    };

    private static final String SINGLES = "%&()*+,-./:;<=>@[]^{|}~";

    private final List<PythonToken> tokens = new ArrayList<>();
    private final String text;
    private final boolean lenient;
    private int lineStart;
    private int lineEnd;
    private int lineNumber;

    private int depth;
    private boolean continued;
    private int[] indents = {0};

    /** The start of a string that is still open, or -1; and how it would close. */
    private int stringStart = -1;

    private char quote;
    private boolean triple;
    /** A one-line string goes on only after a backslash. Python never takes this back: see {@link #continueString}. */
    private boolean needsBackslash;

    /**
     * Prepares to lex.
     *
     * @param text the decoded source
     * @param lenient for source that is still being written: never fail, take the rest as it comes
     */
    PythonLexer(String text, boolean lenient) {
        this.text = text;
        this.lenient = lenient;
    }

    /**
     * Lexes the text.
     *
     * @return the tokens, without those that have no text
     * @throws PythonSyntaxException where {@code tokenize} raises an error, unless lenient
     */
    List<PythonToken> lex() throws PythonSyntaxException {
        boolean more = true;
        while (more && lineEnd < text.length()) {
            lineStart = lineEnd;
            int newline = text.indexOf('\n', lineStart);
            lineEnd = newline < 0 ? text.length() : newline + 1;
            lineNumber++;
            more = lexLine();
        }
        if (!lenient && more && stringStart >= 0) {
            throw new PythonSyntaxException(lineNumber, "the file ends inside a string");
        }
        if (!lenient && more && (depth != 0 || continued)) {
            throw new PythonSyntaxException(lineNumber, "the file ends inside a bracket or after a backslash");
        }
        if (lenient && stringStart >= 0) {
            add(Kind.OTHER, stringStart, text.length());
        }
        return tokens;
    }

    /** Lexes one line; false if the lexer stops here. */
    private boolean lexLine() throws PythonSyntaxException {
        int position = lineStart;
        if (stringStart >= 0) {
            position = continueString();
            if (position < 0) {
                return true;
            }
        } else if (depth == 0 && !continued) {
            position = startStatement();
            if (position < 0) {
                // Only blanks and no line end: the last line of the file.
                return false;
            }
        } else {
            continued = false;
        }
        while (position < lineEnd) {
            position = lexToken(position);
        }
        return true;
    }

    /** Goes on with an open string; the position after it, or -1 if the whole line is used up. */
    private int continueString() {
        int end = stringEnd(lineStart);
        if (end >= 0) {
            add(Kind.STRING, stringStart, end);
            stringStart = -1;
            needsBackslash = false;
            return end;
        }
        if (needsBackslash && !endsInBackslash()) {
            // Not a string after all. Python forgets to reset its flag here, so that a later string in triple quotes
            // that spans lines is broken off too, until some string ends well.
            add(Kind.OTHER, stringStart, lineEnd);
            stringStart = -1;
        }
        return -1;
    }

    private boolean endsInBackslash() {
        int end = lineEnd - 1;
        if (end < lineStart || text.charAt(end) != '\n') {
            return false;
        }
        if (end > lineStart && text.charAt(end - 1) == '\r') {
            end--;
        }
        return end > lineStart && text.charAt(end - 1) == '\\';
    }

    /** Measures the indentation of a new statement; where it starts, {@code lineEnd} if blank, -1 to stop. */
    private int startStatement() throws PythonSyntaxException {
        int column = 0;
        int position = lineStart;
        loop:
        for (; position < lineEnd; position++) {
            switch (text.charAt(position)) {
                case ' ' -> column++;
                case '\t' -> column = (column / TAB + 1) * TAB;
                case '\f' -> column = 0;
                default -> {
                    break loop;
                }
            }
        }
        if (position == lineEnd) {
            return -1;
        }
        char first = text.charAt(position);
        if (first == '#') {
            int end = lineEnd;
            while (end > position && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
                end--;
            }
            add(Kind.COMMENT, position, end);
            add(Kind.LINE_END, end, lineEnd);
            return lineEnd;
        }
        if (first == '\r' || first == '\n') {
            add(Kind.LINE_END, position, lineEnd);
            return lineEnd;
        }
        indent(column);
        return position;
    }

    private void indent(int column) throws PythonSyntaxException {
        int current = indents[indents.length - 1];
        if (column > current) {
            indents = Arrays.copyOf(indents, indents.length + 1);
            indents[indents.length - 1] = column;
            return;
        }
        int keep = indents.length;
        while (indents[keep - 1] > column) {
            keep--;
        }
        if (indents[keep - 1] != column && !lenient) {
            throw new PythonSyntaxException(lineNumber, "unindent does not match any outer indentation level");
        }
        indents = Arrays.copyOf(indents, keep);
    }

    /** Lexes the token that follows, with the blanks before it; the position after it. */
    private int lexToken(int position) {
        int start = position;
        while (isBlank(at(start))) {
            start++;
        }
        if (start == lineEnd) {
            return lineEnd;
        }
        char c = text.charAt(start);
        if (c == '\\' && lineBreak(start + 1) > 0) {
            continued = true;
            return lineEnd;
        }
        if (c == '#') {
            int end = start;
            while (end < lineEnd && text.charAt(end) != '\r' && text.charAt(end) != '\n') {
                end++;
            }
            return add(Kind.COMMENT, start, end);
        }
        int quoteAt = start + prefixLength(start);
        boolean quoted = isQuote(at(quoteAt));
        if (quoted && at(quoteAt + 1) == at(quoteAt) && at(quoteAt + 2) == at(quoteAt)) {
            return openTriple(start, quoteAt);
        }
        int end = PythonNumbers.end(text, start, lineEnd);
        if (end > start) {
            return add(Kind.NUMBER, start, end);
        }
        end = lineBreak(start);
        if (end > 0) {
            return add(Kind.LINE_END, start, end);
        }
        end = operatorEnd(start);
        if (end > start) {
            return add(Kind.OTHER, start, end);
        }
        if (quoted) {
            end = openSingle(start, quoteAt);
            if (end > 0) {
                return end;
            }
        }
        end = nameEnd(start);
        return add(Kind.OTHER, start, end > start ? end : start + Character.charCount(text.codePointAt(start)));
    }

    private int openTriple(int start, int quoteAt) {
        quote = text.charAt(quoteAt);
        triple = true;
        int end = stringEnd(quoteAt + 3);
        if (end >= 0) {
            return add(Kind.STRING, start, end);
        }
        stringStart = start;
        return lineEnd;
    }

    /** A string in single quotes: the position after what this line has of it, or -1 if it is none. */
    private int openSingle(int start, int quoteAt) {
        char q = text.charAt(quoteAt);
        for (int i = quoteAt + 1; i < lineEnd; i++) {
            char c = text.charAt(i);
            if (c == q) {
                return add(Kind.STRING, start, i + 1);
            }
            if (c == '\n') {
                return -1;
            }
            if (c == '\\') {
                if (lineBreak(i + 1) > 0) {
                    quote = q;
                    triple = false;
                    needsBackslash = true;
                    stringStart = start;
                    return lineEnd;
                }
                i++;
            }
        }
        return -1;
    }

    /** The position at which the open string ends within this line, looking from {@code from}; -1 if it goes on. */
    private int stringEnd(int from) {
        for (int i = from; i < lineEnd; i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                if (at(i + 1) == '\n') {
                    return -1;
                }
                i++;
            } else if (c == quote && (!triple || at(i + 1) == quote && at(i + 2) == quote)) {
                return i + (triple ? 3 : 1);
            }
        }
        return -1;
    }

    private int operatorEnd(int start) {
        for (String operator : LONG_OPERATORS) {
            if (text.startsWith(operator, start)) {
                return start + operator.length();
            }
        }
        char c = text.charAt(start);
        if (SINGLES.indexOf(c) < 0) {
            return -1;
        }
        if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (c == ')' || c == ']' || c == '}') {
            depth--;
        }
        return start + 1;
    }

    private int nameEnd(int start) {
        int end = start;
        while (end < lineEnd) {
            int c = text.codePointAt(end);
            if (!isWord(c)) {
                break;
            }
            end += Character.charCount(c);
        }
        return end;
    }

    /** Python's {@code \w}: letters, all numeric characters and the underscore, but no combining marks. */
    private static boolean isWord(int c) {
        if (c < 128) {
            return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
        }
        return switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER,
                    Character.DECIMAL_DIGIT_NUMBER,
                    Character.LETTER_NUMBER,
                    Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }

    /** The length of a string prefix (b, r, u, f, br, rb, fr, rf in any case) before a quote, else 0. */
    private int prefixLength(int start) {
        int first = at(start) | 0x20;
        if (first != 'b' && first != 'r' && first != 'u' && first != 'f') {
            return 0;
        }
        if (isQuote(at(start + 1))) {
            return 1;
        }
        int second = at(start + 1) | 0x20;
        boolean pair =
                first == 'r' && (second == 'b' || second == 'f') || second == 'r' && (first == 'b' || first == 'f');
        return pair && isQuote(at(start + 2)) ? 2 : 0;
    }

    /** The position after {@code \n} or {@code \r\n} at {@code start}, else -1. */
    private int lineBreak(int start) {
        int newline = at(start) == '\r' ? start + 1 : start;
        return at(newline) == '\n' ? newline + 1 : -1;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\f';
    }

    private static boolean isQuote(char c) {
        return c == '\'' || c == '"';
    }

    /** The character at a position of this line, or a character that is in no token if the line is over. */
    private char at(int position) {
        return position < lineEnd ? text.charAt(position) : '\uFFFF';
    }

    private int add(Kind kind, int start, int end) {
        tokens.add(new PythonToken(kind, text.substring(start, end)));
        return end;
    }
}
