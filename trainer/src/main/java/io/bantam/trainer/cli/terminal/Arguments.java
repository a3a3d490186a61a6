package io.bantam.trainer.cli.terminal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** Reads the values of a parsed command line, with messages that name the option. */
public final class Arguments {
    private Arguments() {}

    /** An option with a value. */
    public static Option option(String name, String value, String description) {
        return Option.builder()
                .longOpt(name)
                .hasArg()
                .argName(value)
                .desc(description)
                .get();
    }

    /** An option with a value that must be given. */
    public static Option required(String name, String value, String description) {
        return Option.builder()
                .longOpt(name)
                .hasArg()
                .argName(value)
                .desc(description)
                .required()
                .get();
    }

    /** An option without a value. */
    public static Option flag(String name, String description) {
        return Option.builder().longOpt(name).desc(description).get();
    }

    /** Refuses arguments after the options. */
    public static void none(CommandLine line) {
        if (!line.getArgList().isEmpty()) {
            throw new UsageException("'" + line.getArgList().getFirst() + "' is one argument too many.");
        }
    }

    /** The single argument, called {@code what} in messages. */
    public static String one(CommandLine line, String what) {
        List<String> arguments = line.getArgList();
        if (arguments.isEmpty()) {
            throw new UsageException(what + " is missing.");
        }
        if (arguments.size() > 1) {
            throw new UsageException("one " + what + " is expected, found " + arguments.size() + ": "
                    + String.join(" ", arguments) + ".");
        }
        return arguments.getFirst();
    }

    /** The single argument as a file or folder that exists. */
    public static Path existing(CommandLine line, String what) {
        return existing(one(line, what));
    }

    /** {@code text} as a file or folder that exists. */
    public static Path existing(String text) {
        Path path = Path.of(text);
        if (!Files.exists(path)) {
            throw new UsageException("there is no file or folder " + path + ".");
        }
        return path;
    }

    /** A whole number of at least {@code minimum}, or {@code fallback} where the option is not given. */
    public static int integer(CommandLine line, String name, int fallback, int minimum) {
        String text = line.getOptionValue(name);
        if (text == null) {
            return fallback;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= minimum) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below, together with numbers that are too small.
        }
        throw new UsageException(
                "--%s must be a whole number of at least %d, not '%s'.".formatted(name, minimum, text));
    }

    /** A number, or {@code fallback} where the option is not given. */
    public static float number(CommandLine line, String name, float fallback) {
        String text = line.getOptionValue(name);
        if (text == null) {
            return fallback;
        }
        try {
            float value = Float.parseFloat(text);
            if (Float.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below, together with infinities.
        }
        throw new UsageException("--%s must be a number, not '%s'.".formatted(name, text));
    }
}
