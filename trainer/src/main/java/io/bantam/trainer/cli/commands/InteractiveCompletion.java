package io.bantam.trainer.cli.commands;

import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.CompletionSession;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.trainer.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A conversation: the user types the beginning of a line, the model shows how the line goes on. An empty answer takes
 * it and goes on to the next line; anything else replaces the line.
 */
final class InteractiveCompletion {
    private static final String HELP = "Type the beginning of a line and press Enter: the model finishes it."
            + " Enter alone takes the line. :show prints the code, :reset forgets it, :quit or Ctrl-D ends.";

    private final CompletionSession session;
    private final CompletionOptions options;
    private final Terminal terminal;
    private final StringBuilder code = new StringBuilder();
    private String line = "";

    InteractiveCompletion(PackedModel model, CompletionOptions options, Terminal terminal) {
        this.session = model.newSession();
        this.options = options;
        this.terminal = terminal;
    }

    void run() throws IOException {
        terminal.err().println(HELP);
        BufferedReader in = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
        while (true) {
            terminal.err().print("> ");
            terminal.err().flush();
            String typed = in.readLine();
            if (typed == null || typed.equals(":quit")) {
                return;
            }
            switch (typed) {
                case ":show" -> terminal.out().print(code);
                case ":reset" -> {
                    code.setLength(0);
                    line = "";
                }
                case "" -> {
                    code.append(line).append('\n');
                    suggest("");
                }
                default -> suggest(typed);
            }
        }
    }

    /** Shows the line that begins with {@code typed}, and keeps it. */
    private void suggest(String typed) {
        terminal.out().print(typed);
        terminal.out().flush();
        line = typed
                + session.complete(code + typed, options, piece -> {
                            terminal.out().print(piece);
                            terminal.out().flush();
                            return true;
                        })
                        .text();
        terminal.out().println();
    }
}
