package io.bantam.runtime.python;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns words of PY150's normal form back into Python source, word by word, so that a completion can be shown while it
 * grows.
 *
 * <p>The normal form has lost spaces, indentation, comments and most literals. Spaces are put as PEP 8 has them. Line
 * ends become line breaks with the indentation that {@link PythonIndentation} guesses. A string whose text is lost
 * becomes an empty string, a number whose value is lost becomes 0, and kept literals become themselves.
 *
 * <p>One printer follows one text from its beginning to its end; it is not safe for use by several threads.
 */
public final class PythonPrinter {
    static final String LITERAL = "_LIT";

    private static final Pattern PLACEHOLDER = Pattern.compile("<(STR|NUM|CHAR)_LIT(?::(.*))?>", Pattern.DOTALL);

    /** Words that begin a statement and are never part of an expression: a bracket still open there was a mistake. */
    private static final Set<String> STATEMENT_STARTS = Set.of(
            "class", "def", "del", "elif", "except", "finally", "import", "pass", "raise", "return", "try", "while",
            "with");

    private final PythonIndentation indentation;
    private final Deque<Character> brackets = new ArrayDeque<>();
    private String previous = "";
    private WordKind previousKind;
    private boolean previousIsUnary;
    private boolean sliceColon;
    private boolean annotated;
    private boolean fromStatement;
    private int lambdas;
    private int lineEnds;

    /**
     * Starts a text.
     *
     * @param source the source up to the cursor, of which only the indentation is looked at; may be empty
     */
    public PythonPrinter(String source) {
        this.indentation = new PythonIndentation(source);
    }

    /** Takes the next word of the text before the cursor. */
    public void skip(String word) {
        if (word.equals(PythonNormalizer.END_OF_LINE)) {
            endLine();
            indentation.cursorInBrackets(!brackets.isEmpty());
        } else {
            forgetOpenBrackets(word);
            follow(word, WordKind.of(word));
        }
    }

    /**
     * Takes the next word and returns it as source, with the white space before it.
     *
     * @param word one word of the normal form, not empty and without spaces
     * @return the source; empty for a line end, whose line break comes with the next word
     */
    public String print(String word) {
        if (word.equals(PythonNormalizer.END_OF_LINE)) {
            endLine();
            lineEnds++;
            indentation.endLine(!brackets.isEmpty());
            return "";
        }
        forgetOpenBrackets(word);
        WordKind kind = WordKind.of(word);
        String before;
        if (lineEnds > 0) {
            boolean closes = kind == WordKind.CLOSE && brackets.size() == 1;
            before = end() + indentation.startLine(word, !brackets.isEmpty() && !closes);
        } else if (previousKind == null) {
            before = indentation.atCursor(word);
        } else {
            before = space(word, kind) ? " " : "";
        }
        follow(word, kind);
        indentation.word(word);
        return before + source(word);
    }

    /** Line breaks that were held back, with nothing behind them. */
    public String end() {
        String breaks = "\n".repeat(lineEnds);
        lineEnds = 0;
        return breaks;
    }

    private void endLine() {
        if (brackets.isEmpty()) {
            startStatement();
        }
        previousKind = null;
        previous = "";
        previousIsUnary = false;
    }

    private void forgetOpenBrackets(String word) {
        if (previousKind == null && STATEMENT_STARTS.contains(word)) {
            brackets.clear();
            startStatement();
        }
    }

    private void startStatement() {
        lambdas = 0;
        annotated = false;
        fromStatement = false;
    }

    /** Whether a space stands between the previous word and this one. */
    private boolean space(String word, WordKind kind) {
        boolean gap = switch (previousKind) {
            case OPEN -> false;
            case DOT -> fromStatement && kind == WordKind.KEYWORD;
            case COLON -> !sliceColon;
            case EQUALS -> !isArgumentEquals();
            default -> !previousIsUnary;
        };
        return gap
                && switch (kind) {
                    case CLOSE, COMMA, COLON -> false;
                    case OPEN -> !endsValue() || word.equals("{");
                    case DOT -> previous.equals("from");
                    case EQUALS -> !isArgumentEquals();
                    // Python 2's <> is two words of the normal form.
                    case OPERATOR -> !(word.equals(">") && previous.equals("<"));
                    case OPERAND, KEYWORD, SIGN, AT -> true;
                };
    }

    /** Whether an equals sign here gives a default or a keyword argument, around which no spaces stand. */
    private boolean isArgumentEquals() {
        return lambdas > 0 || isInside('(') && !annotated;
    }

    private boolean isInside(char bracket) {
        return !brackets.isEmpty() && brackets.peek() == bracket;
    }

    private boolean endsValue() {
        return previousKind == WordKind.OPERAND || previousKind == WordKind.CLOSE;
    }

    private void follow(String word, WordKind kind) {
        previousIsUnary = kind == WordKind.SIGN && !endsValue() || kind == WordKind.AT && previousKind == null;
        switch (kind) {
            case OPEN -> brackets.push(word.charAt(0));
            case CLOSE -> {
                annotated &= !isInside('(');
                brackets.poll();
            }
            case COMMA -> annotated &= !isInside('(');
            case COLON -> {
                sliceColon = lambdas == 0 && isInside('[');
                annotated |= lambdas == 0 && isInside('(');
                lambdas = Math.max(0, lambdas - 1);
            }
            case KEYWORD -> {
                lambdas += word.equals("lambda") ? 1 : 0;
                fromStatement |= previousKind == null && word.equals("from");
            }
            default -> {}
        }
        previous = word;
        previousKind = kind;
    }

    /** The word with its placeholder replaced. */
    static String source(String word) {
        Matcher matcher = PLACEHOLDER.matcher(word);
        if (!matcher.find()) {
            return word;
        }
        String kept = matcher.group(2);
        if (matcher.group(1).equals("NUM")) {
            return word.substring(0, matcher.start()) + (kept == null ? "0" : kept) + word.substring(matcher.end());
        }
        String text = kept == null ? "" : kept.replace("U+0020", " ").replace("U+002C", ",");
        String before = word.substring(0, matcher.start());
        String after = word.substring(matcher.end());
        if (text.length() == 1 && after.equals(text)) {
            // The text is the quote itself; its string was in the other quotes.
            String other = text.equals("'") ? "\"" : "'";
            return before.replace(after, other) + text + other;
        }
        return before + text + after;
    }
}
