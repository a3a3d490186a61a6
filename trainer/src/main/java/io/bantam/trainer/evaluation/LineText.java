package io.bantam.trainer.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text rules of CodeXGLUE's line completion evaluator, which all line scores share.
 *
 * <p>A prediction is stripped of white space at both ends (the truth is not). In both, {@code <NUM_LIT>} becomes
 * {@code 0}, {@code <STR_LIT>} and {@code <CHAR_LIT>} become nothing, and every placeholder that keeps its literal,
 * such as {@code <STR_LIT:utf-8>}, becomes that literal. White space is what Python's {@code str.isspace} says it is,
 * since the reference evaluator is Python.
 */
public final class LineText {
    /** A placeholder that keeps its literal; the literal is the shortest possible and may span lines. */
    private static final Pattern LITERAL = Pattern.compile("<(STR|NUM|CHAR)_LIT:(.*?)>", Pattern.DOTALL);

    private LineText() {}

    /** Returns the prediction as it is compared: stripped, placeholders resolved. */
    public static String ofPrediction(String prediction) {
        return resolvePlaceholders(strip(prediction));
    }

    /** Returns the truth as it is compared: placeholders resolved, white space untouched. */
    public static String ofTruth(String truth) {
        return resolvePlaceholders(truth);
    }

    /**
     * Replaces the literal placeholders. As in the reference, the placeholders are all found first and then each one is
     * replaced everywhere, in order; this differs from a single pass only for placeholders inside placeholders.
     */
    static String resolvePlaceholders(String code) {
        String text = code.replace("<NUM_LIT>", "0").replace("<STR_LIT>", "").replace("<CHAR_LIT>", "");
        List<String[]> found = new ArrayList<>();
        Matcher matcher = LITERAL.matcher(text);
        while (matcher.find()) {
            found.add(new String[] {matcher.group(), matcher.group(2)});
        }
        for (String[] placeholder : found) {
            text = text.replace(placeholder[0], placeholder[1]);
        }
        return text;
    }

    /** Returns the text without white space at its ends. */
    static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** Splits at runs of white space; never returns an empty word. */
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int start = -1;
        for (int i = 0; i <= text.length(); i++) {
            boolean space = i == text.length() || isSpace(text.charAt(i));
            if (!space && start < 0) {
                start = i;
            } else if (space && start >= 0) {
                words.add(text.substring(start, i));
                start = -1;
            }
        }
        return words;
    }

    /** Python's white space. All of it lies in the basic plane, so {@code char} is enough. */
    private static boolean isSpace(char c) {
        if (c < 0x80) {
            return c == ' ' || (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x1f);
        }
        return switch (c) {
            case 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
            default -> c >= 0x2000 && c <= 0x200a;
        };
    }
}
