package io.bantam.trainer.cli.terminal;

import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;

/**
 * The three standard streams and whether a person looks at them.
 *
 * @param in          standard input
 * @param out         results: what a script would want to read
 * @param err         everything else: progress, warnings, errors
 * @param interactive whether output and input are a terminal, so that lines may be drawn over
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, boolean interactive) {
    /** The streams of this process. */
    public static Terminal ofProcess() {
        Console console = System.console();
        boolean dumb = "dumb".equals(System.getenv("TERM"));
        return new Terminal(System.in, System.out, System.err, console != null && console.isTerminal() && !dumb);
    }
}
