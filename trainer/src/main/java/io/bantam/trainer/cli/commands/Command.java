package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** One command of the command line, such as {@code doctor}. Stateless. */
public interface Command {
    /** The word that the user types. */
    String name();

    /** One line for the list of commands, without a full stop. */
    String summary();

    /** The arguments after the name and the options, e.g. {@code "RECIPE"}; empty where there are none. */
    String arguments();

    /** The options, without {@code --help}, which every command has. */
    default Options options() {
        return new Options();
    }

    /** What a user should know beyond the options: one paragraph an element. */
    default List<String> details() {
        return List.of();
    }

    /**
     * Does the work.
     *
     * @param line     the parsed options and arguments
     * @param terminal where to write
     * @return the exit code
     * @throws Exception a {@link io.bantam.trainer.BantamException} or {@link UsageException} for what the user can
     *     mend; all others are reported as faults
     */
    ExitCode run(CommandLine line, Terminal terminal) throws Exception;
}
