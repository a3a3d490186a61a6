package io.bantam.runtime.python;

import java.util.Set;

/** The kind of a word of the normal form, as far as the spaces around it are concerned. */
enum WordKind {
    /** A name, a number, a string or a constant. */
    OPERAND,
    /** A keyword that is no value. */
    KEYWORD,
    /** An opening bracket. */
    OPEN,
    /** A closing bracket. */
    CLOSE,
    /** {@code ,} or {@code ;}. */
    COMMA,
    /** {@code :}. */
    COLON,
    /** {@code .}. */
    DOT,
    /** {@code +}, {@code -}, {@code *}, {@code **} or {@code ~}, which may have one operand. */
    SIGN,
    /** {@code =}. */
    EQUALS,
    /** {@code @}, an operator or the start of a decorator. */
    AT,
    /** Any other operator. */
    OPERATOR;

    private static final Set<String> KEYWORDS = Set.of(
            "and",
            "as",
            "assert",
            "async",
            "await",
            "break",
            "class",
            "continue",
            "def",
            "del",
            "elif",
            "else",
            "except",
            "finally",
            "for",
            "from",
            "global",
            "if",
            "import",
            "in",
            "is",
            "lambda",
            "nonlocal",
            "not",
            "or",
            "pass",
            "raise",
            "return",
            "try",
            "while",
            "with",
            "yield");

    static WordKind of(String word) {
        return switch (word) {
            case "(", "[", "{" -> OPEN;
            case ")", "]", "}" -> CLOSE;
            case ",", ";" -> COMMA;
            case ":" -> COLON;
            case "." -> DOT;
            case "+", "-", "*", "**", "~" -> SIGN;
            case "=" -> EQUALS;
            case "@" -> AT;
            case "..." -> OPERAND;
            default -> KEYWORDS.contains(word) ? KEYWORD : startsValue(word) ? OPERAND : OPERATOR;
        };
    }

    /** Whether the word is a name or a literal: what is left then are operators. */
    private static boolean startsValue(String word) {
        int first = word.codePointAt(0);
        return first == '_'
                || first == '\''
                || first == '"'
                || Character.isLetterOrDigit(first)
                || word.contains(PythonPrinter.LITERAL);
    }
}
