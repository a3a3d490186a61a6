package io.bantam.trainer.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Turns Python source into the normal form of PY150, the text that code-completion models of the CodeXGLUE benchmark
 * read: tokens joined by one space, strings and numbers replaced by placeholders, comments and indentation dropped, line
 * ends written {@value #END_OF_LINE}.
 *
 * <p>Source is cut as Python 3.11's {@code tokenize} module cuts it (an f-string is one string token). The rules are
 * those of CodeXGLUE's code completion data (Lu et al. 2021, arXiv:2102.04664). One known difference: which characters
 * are letters follows the Unicode version of the running JDK, so letters newer than Unicode 14 are part of a name here
 * and single tokens in Python 3.11.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class PythonNormalizer {

    /** Stands for the start of a file. */
    public static final String START = "<s>";

    /** Stands for the end of a file. */
    public static final String END = "</s>";

    /** Stands for a line end. */
    public static final String END_OF_LINE = "<EOL>";

    private static final String[] QUOTES = {"'''", "\"\"\"", "'", "\""};

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
        try {
            List<String> tokens = normal(new PythonLexer(source, true).lex());
            if (!tokens.isEmpty() && tokens.getFirst().equals(END_OF_LINE)) {
                tokens.removeFirst();
            }
            return tokens.isEmpty() ? START : START + " " + String.join(" ", tokens);
        } catch (PythonSyntaxException e) {
            throw new IllegalStateException("a lenient lexer failed", e);
        }
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

    /** What {@code " ".join(text.split())} does in Python. */
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
