package io.bantam.trainer.cli;

import io.bantam.trainer.cli.commands.Command;
import io.bantam.trainer.cli.commands.Commands;
import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/** Lets tests outside of this package hold command lines against the program's commands and their options. */
public final class CommandLines {
    private CommandLines() {}

    /**
     * Returns why the program would not take a command line, or nothing.
     *
     * @param arguments what stands after {@code ./bantam}
     */
    public static Optional<String> problem(String... arguments) {
        if (arguments.length == 1 && (arguments[0].equals("--java-home") || arguments[0].equals("--version"))) {
            return Optional.empty();
        }
        Optional<Command> command = Commands.all().stream()
                .filter(one -> arguments.length > 0 && one.name().equals(arguments[0]))
                .findFirst();
        if (command.isEmpty()) {
            return Optional.of("there is no such command");
        }
        Options options = command.get()
                .options()
                .addOption(Option.builder("h").longOpt("help").get());
        String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        try {
            DefaultParser.builder().setAllowPartialMatching(false).get().parse(options, rest);
            return Optional.empty();
        } catch (ParseException e) {
            return Optional.of(e.getMessage());
        }
    }
}
