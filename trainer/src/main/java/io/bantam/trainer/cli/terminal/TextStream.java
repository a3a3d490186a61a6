package io.bantam.trainer.cli.terminal;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Writes the text of tokens as they come. A character may be made of several tokens, so what ends within one is held
 * back until the rest is there.
 */
public final class TextStream {
    /** Stands for bytes that are no whole character. */
    private static final char UNFINISHED = '\uFFFD';

    private final Function<int[], String> decode;
    private final PrintStream out;
    private int[] tokens = new int[16];
    private int count;
    private int shown;

    public TextStream(Function<int[], String> decode, PrintStream out) {
        this.decode = decode;
        this.out = out;
    }

    public void add(int token) {
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * count);
        }
        tokens[count++] = token;
        String text = text();
        if (!text.isEmpty() && text.charAt(text.length() - 1) != UNFINISHED) {
            show(text);
        }
    }

    /** Writes what was held back, and the end of the line. */
    public void end() {
        show(text());
        out.println();
    }

    private String text() {
        return decode.apply(Arrays.copyOf(tokens, count));
    }

    private void show(String text) {
        out.print(text.substring(Math.min(shown, text.length())));
        out.flush();
        shown = text.length();
    }
}
