package io.bantam.runtime.tokenizer;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Java's form of the regular expressions in a {@code tokenizer.json}, which are Oniguruma's (Ruby's syntax, Unicode
 * classes).
 *
 * <p>What means the same stays; {@code \s}, {@code \d}, {@code \w}, the dot, line anchors and case folding become what
 * Oniguruma means by them; what has no certain counterpart is refused.
 */
final class OnigurumaPattern {
    private static final String SPACE = "p{IsWhite_Space}";
    private static final String WORD = "\\p{L}\\p{M}\\p{Nd}\\p{Pc}";

    private final String regex;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int classes;

    private OnigurumaPattern(String regex) {
        this.regex = regex;
    }

    /**
     * Translates.
     *
     * @throws IllegalArgumentException if the pattern is wrong, or has a part whose meaning may differ
     */
    static Pattern compile(String regex) {
        try {
            return Pattern.compile(new OnigurumaPattern(regex).translate());
        } catch (PatternSyntaxException wrong) {
            throw new IllegalArgumentException(
                    wrong.getDescription() + " at character " + wrong.getIndex() + " of " + regex, wrong);
        }
    }

    private String translate() {
        while (at < regex.length()) {
            char c = regex.charAt(at);
            if (c == '\\') {
                escape();
            } else if (classes > 0) {
                inClass(c);
            } else {
                outside(c);
            }
        }
        return out.toString();
    }

    private void copy(int length) {
        out.append(regex, at, at + length);
        at += length;
    }

    private void replace(int length, String by) {
        out.append(by);
        at += length;
    }

    private void inClass(char c) {
        if (regex.startsWith("[:", at)) {
            throw refused("[:");
        }
        classes += c == '[' ? 1 : c == ']' ? -1 : 0;
        copy(1);
    }

    private void outside(char c) {
        switch (c) {
            case '[' -> {
                classes++;
                copy(1);
            }
            case '.' -> replace(1, "[^\\n]");
            // Lines end at line feeds alone.
            case '$' -> replace(1, "(?![^\\n])");
            case '^' -> replace(1, "(?<![^\\n])");
            case '(' -> group();
            case '}' -> {
                // After a count Ruby's plus is a repetition, and Java's makes the count possessive.
                if (regex.startsWith("}+", at)) {
                    throw refused("}+");
                }
                copy(1);
            }
            default -> copy(1);
        }
    }

    private void group() {
        if (regex.startsWith("(?i:", at) || regex.startsWith("(?i)", at)) {
            replace(3, "(?iu");
            return;
        }
        for (String known : new String[] {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"}) {
            if (regex.startsWith(known, at)) {
                copy(known.length());
                return;
            }
        }
        if (regex.startsWith("(?", at)) {
            throw refused(regex.substring(at, Math.min(regex.length(), at + 4)));
        }
        copy(1);
    }

    private void escape() {
        if (at + 1 == regex.length()) {
            throw refused("\\");
        }
        char c = regex.charAt(at + 1);
        switch (c) {
            case 's' -> replace(2, "\\" + SPACE);
            case 'S' -> replace(2, "\\P" + SPACE.substring(1));
            case 'd' -> replace(2, "\\p{Nd}");
            case 'D' -> replace(2, "\\P{Nd}");
            case 'w' -> replace(2, "[" + WORD + "]");
            case 'W' -> replace(2, "[^" + WORD + "]");
            case 'p', 'P' -> property(c);
            case 'r', 'n', 't', 'f', 'a', 'e', 'x', 'u', 'A', 'z' -> copy(2);
            default -> {
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw refused("\\" + c);
                }
                copy(2);
            }
        }
    }

    /** General categories have the same names; of the others, scripts can be told. */
    private void property(char letter) {
        int end = regex.indexOf('}', at);
        if (!regex.startsWith("{", at + 2) || end < 0) {
            throw refused("\\" + letter);
        }
        String name = regex.substring(at + 3, end);
        boolean negated = name.startsWith("^");
        name = negated ? name.substring(1) : name;
        if (name.length() > 2) {
            try {
                name = "Is" + Character.UnicodeScript.forName(name);
            } catch (IllegalArgumentException noScript) {
                throw refused("\\" + letter + "{" + name + "}");
            }
        }
        replace(end + 1 - at, "\\" + (negated == (letter == 'p') ? 'P' : 'p') + "{" + name + "}");
    }

    private IllegalArgumentException refused(String part) {
        return new IllegalArgumentException("'" + part + "' is not understood in " + regex);
    }
}
