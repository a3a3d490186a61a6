package io.bantam.trainer.cli;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.NearestWord;
import io.bantam.trainer.Version;
import io.bantam.trainer.cli.commands.Command;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.LogFile;
import io.bantam.trainer.cli.terminal.ProblemReport;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.MissingOptionException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** Finds the command, reads its options, runs it, and turns whatever goes wrong into one line and an exit code. */
final class CommandLineInterface {
    private final List<Command> commands;
    private final Terminal terminal;

    CommandLineInterface(List<Command> commands, Terminal terminal) {
        this.commands = List.copyOf(commands);
        this.terminal = terminal;
    }

    /** Runs what {@code arguments} ask for. Never throws. */
    ExitCode run(String... arguments) {
        LogFile.prepare(terminal);
        String name = "";
        try {
            if (arguments.length == 0) {
                HelpText.overview(commands, terminal.err());
                return ExitCode.USAGE;
            }
            name = arguments[0];
            if (name.equals("--help") || name.equals("-h") || name.equals("help")) {
                return help(arguments);
            }
            if (name.equals("--version")) {
                terminal.out().println("bantam " + Version.text() + " (Java " + Runtime.version() + ")");
                return ExitCode.OK;
            }
            return run(find(name), Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (Throwable problem) {
            return new ProblemReport(terminal).show(problem, name);
        }
    }

    private ExitCode help(String[] arguments) {
        if (arguments.length > 1) {
            Command command = find(arguments[1]);
            HelpText.of(command, withHelp(command), terminal.out());
        } else {
            HelpText.overview(commands, terminal.out());
        }
        return ExitCode.OK;
    }

    private ExitCode run(Command command, String[] arguments) throws Exception {
        Options options = withHelp(command);
        List<String> given = List.of(arguments);
        int end = given.indexOf("--");
        List<String> before = end < 0 ? given : given.subList(0, end);
        if (before.contains("--help") || before.contains("-h")) {
            HelpText.of(command, options, terminal.out());
            return ExitCode.OK;
        }
        CommandLine line = parse(command, options, arguments);
        return command.run(line, terminal);
    }

    private static CommandLine parse(Command command, Options options, String[] arguments) {
        try {
            return DefaultParser.builder()
                    .setAllowPartialMatching(false)
                    .setStripLeadingAndTrailingQuotes(false)
                    .get()
                    .parse(options, arguments);
        } catch (UnrecognizedOptionException e) {
            List<String> known = new ArrayList<>();
            options.getOptions().forEach(option -> known.add("--" + option.getLongOpt()));
            String word = e.getOption().replaceFirst("=.*", "");
            throw new UsageException("'%s' has no option %s.%s".formatted(command.name(), word, hint(word, known)));
        } catch (MissingArgumentException e) {
            Option option = e.getOption();
            throw new UsageException("--%s needs a value: --%s %s"
                    .formatted(option.getLongOpt(), option.getLongOpt(), option.getArgName()));
        } catch (MissingOptionException e) {
            List<String> missing = new ArrayList<>();
            for (Object key : e.getMissingOptions()) {
                Option option = options.getOption(key.toString());
                missing.add("--" + option.getLongOpt() + " " + option.getArgName());
            }
            throw new UsageException("'%s' needs %s.".formatted(command.name(), String.join(" and ", missing)));
        } catch (ParseException e) {
            throw new UsageException(e.getMessage());
        }
    }

    private static Options withHelp(Command command) {
        Options options = command.options();
        options.addOption(Option.builder("h").longOpt("help").desc("this text").get());
        return options;
    }

    private Command find(String name) {
        Optional<Command> found =
                commands.stream().filter(command -> command.name().equals(name)).findFirst();
        return found.orElseThrow(() -> {
            List<String> names = commands.stream().map(Command::name).toList();
            String hint = hint(name, names);
            return new BantamException(
                    "there is no command '%s'.%s Commands: %s.".formatted(name, hint, String.join(", ", names)));
        });
    }

    private static String hint(String word, List<String> valid) {
        return NearestWord.find(word, valid)
                .map(nearest -> " Did you mean '" + nearest + "'?")
                .orElse("");
    }
}
