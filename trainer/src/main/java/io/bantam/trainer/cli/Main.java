package io.bantam.trainer.cli;

import io.bantam.trainer.cli.commands.Commands;
import io.bantam.trainer.cli.commands.ServeCommand;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.HardStop;
import io.bantam.trainer.cli.terminal.StandardError;
import io.bantam.trainer.cli.terminal.Terminal;

/** Entry point of {@code bantam}. */
public final class Main {
    private Main() {}

    /**
     * Runs one command and ends the process with its {@link ExitCode}.
     *
     * @param arguments the command's name, its options and arguments
     */
    public static void main(String[] arguments) {
        StandardError.restore();
        // DJL reports its use to its makers unless told not to, and must not fetch libraries behind the user's back.
        setDefault("OPT_OUT_TRACKING", "true");
        setDefault("ai.djl.offline", "true");
        if (arguments.length > 0 && !arguments[0].equals(ServeCommand.NAME)) {
            HardStop.install();
        }
        ExitCode code = new CommandLineInterface(Commands.all(), Terminal.ofProcess()).run(arguments);
        HardStop.over();
        System.exit(code.number());
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
