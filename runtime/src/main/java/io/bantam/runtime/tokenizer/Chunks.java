package io.bantam.runtime.tokenizer;

import java.util.function.Consumer;

/**
 * Cuts text before every space that a visible character follows. GPT-2's pattern never puts such a place inside a
 * piece, so the chunks can be counted and encoded one by one.
 */
public final class Chunks {

    private Chunks() {}

    /** Hands out the chunks of a non-empty text in order; joined they are the text. */
    public static void forEach(String text, Consumer<String> action) {
        int start = 0;
        int last = text.length() - 1;
        for (int i = 1; i < last; i++) {
            if (text.charAt(i) == ' ' && !isSpace(text.charAt(i + 1))) {
                action.accept(text.substring(start, i));
                start = i;
            }
        }
        action.accept(text.substring(start));
    }

    /**
     * Returns whether the character has Unicode's White_Space property, which is what {@code \s} means to the
     * tokenizer.
     */
    public static boolean isSpace(char c) {
        return c == ' '
                || c >= '\t' && c <= '\r'
                || c >= 0x85
                        && (c == 0x85
                                || c == 0xA0
                                || c == 0x1680
                                || c >= 0x2000 && c <= 0x200A
                                || c == 0x2028
                                || c == 0x2029
                                || c == 0x202F
                                || c == 0x205F
                                || c == 0x3000);
    }
}
