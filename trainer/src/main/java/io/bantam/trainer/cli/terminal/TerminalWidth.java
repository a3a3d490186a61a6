package io.bantam.trainer.cli.terminal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Asks the terminal how wide it is. */
final class TerminalWidth {
    private static final int STANDARD = 100;

    private TerminalWidth() {}

    /**
     * Columns that a line may fill, by {@code stty}, which looks at standard input; a usual width if it cannot tell.
     */
    static int columns() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return parse(size);
        } catch (IOException e) {
            return STANDARD; // no stty on this system
        }
    }

    /** Reads {@code "rows columns"}; the last column stays free, since filling it makes some terminals wrap. */
    static int parse(String size) {
        String[] words = size.strip().split(" ");
        boolean known = words.length == 2 && words[1].matches("[1-9][0-9]{1,4}");
        return known ? Integer.parseInt(words[1]) - 1 : STANDARD;
    }
}
