package io.bantam.runtime.python;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Turns Python source into the normal form of PY150, the text that code-completion models of the CodeXGLUE benchmark
 * read: tokens joined by one space, strings and numbers replaced by placeholders, comments and indentation dropped,
 * line ends written {@value #END_OF_LINE}.
 *
 * <p>Source is cut as Python 3.11's {@code tokenize} module cuts it (an f-string is one string token). The rules are
 * those of CodeXGLUE's code completion data (Lu et al. 2021, arXiv:2102.04664). One known difference: which characters
 * are letters follows the Unicode version of the running JDK, so letters newer than Unicode 14 are part of a name here
 * and single tokens in Python 3.11.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class PythonNormalizer {

    /** The word for the start of a file. */
    public static final String START = "<s>";

    /** The word for the end of a file. */
    public static final String END = "</s>";

    /** The word for a line end. */
    public static final String END_OF_LINE = "<EOL>";

    private static final String[] QUOTES = {"'''", "\"\"\"", "'", "\""};
    private static final Pattern OPEN_STRING = Pattern.compile("[A-Za-z]{0,2}['\"]");

    private final Literals literals = Literals.py150();

    /**
     * Normalises a whole file.
     *
     * @param source the bytes of the file; the encoding is found as Python finds it
     * @return {@code <s> tokens </s>}, or {@code <s> </s>} for a file that does not tokenise
     */
    public String normalize(byte[] source) {
        try {
            return line(tokens(source));
        } catch (PythonSyntaxException e) {
            return line(List.of());
        }
    }

    /**
     * Normalises a whole file to its tokens.
     *
     * @param source the bytes of the file
     * @return the tokens without {@value #START} and {@value #END}; no {@value #END_OF_LINE} first or last
     * @throws PythonSyntaxException if the file does not tokenise; the message says why
     */
    public List<String> tokens(byte[] source) throws PythonSyntaxException {
        List<String> tokens = normal(new PythonLexer(SourceDecoder.decode(source), false).lex());
        if (!tokens.isEmpty() && tokens.getFirst().equals(END_OF_LINE)) {
            tokens.removeFirst();
        }
        if (!tokens.isEmpty() && tokens.getLast().equals(END_OF_LINE)) {
            tokens.removeLast();
        }
        return tokens;
    }

    /**
     * Normalises the beginning of a file for a model to continue. Never fails: an open bracket, string or indentation
     * is what unfinished code looks like. A line end at the end stays, so that the model starts a new line there.
     *
     * @param source the text up to the cursor
     * @return {@code <s> tokens}, without {@value #END}
     */
    public String normalizeContext(String source) {
        List<String> tokens = contextTokens(lexLeniently(source));
        return tokens.isEmpty() ? START : START + " " + String.join(" ", tokens);
    }

    /**
     * Reads the beginning of a file up to the cursor, for a model to continue. Never fails.
     *
     * @param source the text up to the cursor
     */
    public PythonContext context(String source) {
        List<PythonToken> tokens = lexLeniently(source);
        boolean touching = !source.isEmpty() && !isWhitespace(source.charAt(source.length() - 1));
        String unfinished = "";
        boolean insideText = endsInsideText(tokens);
        if (touching && !insideText && !tokens.isEmpty() && tokens.getLast().kind() == PythonToken.Kind.OTHER) {
            unfinished = tokens.removeLast().text();
        }
        return new PythonContext(contextTokens(tokens), unfinished, touching, insideText);
    }

    private static List<PythonToken> lexLeniently(String source) {
        try {
            return new PythonLexer(source, true).lex();
        } catch (PythonSyntaxException e) {
            throw new IllegalStateException("a lenient lexer failed", e);
        }
    }

    private List<String> contextTokens(List<PythonToken> tokens) {
        List<String> words = normal(tokens);
        if (!words.isEmpty() && words.getFirst().equals(END_OF_LINE)) {
            words.removeFirst();
        }
        return words;
    }

    /** Whether the last line ends in a comment or in a string that is not closed yet. */
    private static boolean endsInsideText(List<PythonToken> tokens) {
        boolean last = true;
        for (PythonToken token : tokens.reversed()) {
            if (token.text().isEmpty()) {
                // The line end of a comment on a last line that has none.
                continue;
            }
            if (token.kind() == PythonToken.Kind.LINE_END) {
                return false;
            }
            if (last && token.kind() == PythonToken.Kind.COMMENT) {
                return true;
            }
            last = false;
            // The quote of a string that its line does not close is a token of its own; one that goes on over lines is
            // everything from its quote on.
            if (token.kind() == PythonToken.Kind.OTHER
                    && OPEN_STRING.matcher(token.text()).lookingAt()) {
                return true;
            }
        }
        return false;
    }

    private static String line(List<String> tokens) {
        return tokens.isEmpty() ? START + " " + END : START + " " + String.join(" ", tokens) + " " + END;
    }

    private List<String> normal(List<PythonToken> tokens) {
        List<String> normal = new ArrayList<>(tokens.size());
        boolean afterLineEnd = false;
        for (PythonToken token : tokens) {
            String text = token.kind() == PythonToken.Kind.OTHER || token.kind() == PythonToken.Kind.STRING
                    ? collapseWhitespace(token.text())
                    : token.text();
            String item = switch (token.kind()) {
                case STRING -> string(text);
                case NUMBER -> literals.ofNumber(text);
                case LINE_END -> afterLineEnd ? "" : END_OF_LINE;
                case COMMENT -> "";
                case OTHER -> text;
            };
            if (!item.isEmpty()) {
                normal.add(item);
                afterLineEnd = token.kind() == PythonToken.Kind.LINE_END;
            }
        }
        return normal;
    }

    private String string(String token) {
        int prefix = 0;
        while (prefix < token.length() && isAsciiLetter(token.charAt(prefix))) {
            prefix++;
        }
        String body = token.substring(prefix);
        String open = "";
        String close = "";
        for (String quote : QUOTES) {
            if (body.startsWith(quote)) {
                open = quote;
                body = body.substring(quote.length());
                if (body.endsWith(quote)) {
                    close = quote;
                    body = body.substring(0, body.length() - quote.length());
                }
                break;
            }
        }
        String escaped = body.replace(" ", "U+0020").replace(",", "U+002C");
        return token.substring(0, prefix) + open + literals.ofString(escaped) + close;
    }

    private static boolean isAsciiLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    /** A text with each run of white space made one space, as Python's {@code " ".join(text.split())} does. */
    static String collapseWhitespace(String text) {
        int i = 0;
        while (i < text.length() && !isWhitespace(text.charAt(i))) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        boolean gap = false;
        for (i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isWhitespace(c)) {
                gap = true;
            } else {
                if (gap && !out.isEmpty()) {
                    out.append(' ');
                }
                gap = false;
                out.append(c);
            }
        }
        return out.toString();
    }

    /** The characters at which Python's {@code str.split()} splits. */
    private static boolean isWhitespace(char c) {
        return c == ' '
                || c >= 0x09 && c <= 0x0D
                || c >= 0x1C && c <= 0x1F
                || c == 0x85
                || c == 0xA0
                || c == 0x1680
                || c >= 0x2000 && c <= 0x200A
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }
}
