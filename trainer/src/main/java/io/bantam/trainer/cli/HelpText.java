package io.bantam.trainer.cli;

import io.bantam.trainer.cli.commands.Command;
import io.bantam.trainer.cli.terminal.ExitCode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.text.WordUtils;

/** Writes the help of all commands and of one. */
final class HelpText {
    private static final int WIDTH = 100;

    private HelpText() {}

    /** The overview: what there is, and what the exit codes mean. */
    static void overview(List<Command> commands, PrintStream out) {
        out.println("Bantam distils, quantizes and packs code-completion models.");
        out.println();
        out.println("Usage: bantam COMMAND [options]");
        out.println();
        out.println("Commands:");
        List<String[]> rows = new ArrayList<>();
        for (Command command : commands) {
            rows.add(new String[] {(command.name() + " " + command.arguments()).strip(), command.summary()});
        }
        table(rows, out);
        out.println();
        out.println("Options:");
        table(
                List.of(
                        new String[] {"-h, --help", "this text; after a command, the help of that command"},
                        new String[] {"--version", "the version of Bantam and of the Java it runs on"},
                        new String[] {"--java-home", "the folder of the JDK that the launcher found; builds nothing"}),
                out);
        out.println();
        out.println("Exit codes:");
        rows.clear();
        for (ExitCode code : ExitCode.values()) {
            rows.add(new String[] {Integer.toString(code.number()), code.meaning()});
        }
        table(rows, out);
    }

    /** The help of one command. */
    static void of(Command command, Options options, PrintStream out) {
        String start = "Usage: bantam " + command.name() + " [options] " + command.arguments();
        out.println(start.stripTrailing());
        out.println();
        out.println(sentence(command.summary()));
        out.println();
        out.println("Options:");
        List<String[]> rows = new ArrayList<>();
        for (Option option : options.getOptions()) {
            rows.add(new String[] {syntax(option), option.getDescription()});
        }
        table(rows, out);
        for (String paragraph : command.details()) {
            out.println();
            out.println(WordUtils.wrap(paragraph, WIDTH));
        }
    }

    private static String sentence(String summary) {
        return Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ".";
    }

    private static String syntax(Option option) {
        String letter = option.getOpt() == null ? "" : "-" + option.getOpt() + ", ";
        String value = option.hasArg() ? " " + option.getArgName() : "";
        return letter + "--" + option.getLongOpt() + value;
    }

    private static void table(List<String[]> rows, PrintStream out) {
        int left = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
        String indent = " ".repeat(left + 4);
        for (String[] row : rows) {
            String text = WordUtils.wrap(row[1], WIDTH - left - 4, "\n" + indent, false);
            out.println("  " + row[0] + " ".repeat(left - row[0].length() + 2) + text);
        }
    }
}
