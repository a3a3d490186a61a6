package io.bantam.trainer.cli;

import io.bantam.trainer.cli.commands.Command;
import io.bantam.trainer.cli.commands.Commands;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs commands as a shell would and keeps what they write. */
public final class Shell {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<Command> commands;
    private ExitCode code;

    public Shell() {
        this(Commands.all());
    }

    public Shell(List<Command> commands) {
        this.commands = commands;
    }

    public Shell run(String... arguments) {
        return runWithInput("", arguments);
    }

    public Shell runWithInput(String input, String... arguments) {
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
        code = new CommandLineInterface(commands, terminal).run(arguments);
        return this;
    }

    public ExitCode code() {
        return code;
    }

    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
