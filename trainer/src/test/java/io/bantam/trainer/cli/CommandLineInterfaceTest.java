package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.cli.commands.Command;
import io.bantam.trainer.cli.commands.Commands;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.LogFile;
import io.bantam.trainer.cli.terminal.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class CommandLineInterfaceTest {
    static Stream<Command> commands() {
        return Commands.all().stream();
    }

    /** A command that does what the test wants. */
    private record Throwing(Exception problem) implements Command {
        @Override
        public String name() {
            return "throwing";
        }

        @Override
        public String summary() {
            return "fails";
        }

        @Override
        public String arguments() {
            return "";
        }

        @Override
        public Options options() {
            return new Options()
                    .addOption(Arguments.option("limit", "N", "a number"))
                    .addOption(Arguments.option("set", "PATH=VALUE", "may be given several times"));
        }

        @Override
        public ExitCode run(CommandLine line, Terminal terminal) throws Exception {
            if (problem != null) {
                throw problem;
            }
            terminal.out()
                    .print(Arguments.integer(line, "limit", 7, 1) + " " + line.getArgList() + " "
                            + List.of(
                                    line.getOptionValues("set") == null ? new String[0] : line.getOptionValues("set")));
            return ExitCode.OK;
        }
    }

    private static Shell throwing(Exception problem) {
        return new Shell(List.of(new Throwing(problem))).run("throwing");
    }

    @Test
    void overviewNamesEveryCommandAndExitCode() {
        Shell shell = new Shell().run("--help");
        assertEquals(ExitCode.OK, shell.code());
        for (Command command : Commands.all()) {
            assertTrue(shell.out().contains("  " + command.name() + " "), command.name());
        }
        for (ExitCode code : ExitCode.values()) {
            assertTrue(shell.out().contains(code.number() + " "), code.name());
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelp(Command command) {
        Shell shell = new Shell().run(command.name(), "--help");
        assertEquals(ExitCode.OK, shell.code());
        assertTrue(shell.out().startsWith("Usage: bantam " + command.name()), shell.out());
        for (var option : command.options().getOptions()) {
            assertTrue(shell.out().contains("--" + option.getLongOpt()), option.toString());
            assertFalse(option.getDescription().isBlank(), option.toString());
        }
        assertEquals(shell.out(), new Shell().run("help", command.name()).out());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anUnknownOptionIsRefused(Command command) {
        Shell shell = new Shell().run(command.name(), "--frobnicate");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("'" + command.name() + "' has no option --frobnicate"), shell.err());
        assertEquals(1, shell.err().lines().count(), shell.err());
    }

    @Test
    void noCommandIsAMistake() {
        assertEquals(ExitCode.USAGE, new Shell().run().code());
    }

    @Test
    void versionNamesJava() {
        Shell shell = new Shell().run("--version");
        assertTrue(shell.out().matches("bantam \\d+\\.\\d+.* \\(Java 25.*\\)\\R"), shell.out());
    }

    @Test
    void aMistypedCommandGetsAGuess() {
        Shell shell = new Shell().run("inspekt");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("Did you mean 'inspect'?"), shell.err());
    }

    @Test
    void aFarFetchedGuessIsNotMade() {
        Shell shell = new Shell().run("xyzzy");
        assertFalse(shell.err().contains("Did you mean"), shell.err());
    }

    @Test
    void aMistypedOptionGetsAGuess() {
        Shell shell = new Shell().run("score", "--anwsers", "a", "--predictions", "b");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("Did you mean '--answers'?"), shell.err());
        assertTrue(shell.err().contains("See 'bantam score --help'."), shell.err());
    }

    @Test
    void aMissingOptionIsNamedWithItsValue() {
        Shell shell = new Shell().run("score", "--answers", "a");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("'score' needs --predictions FILE."), shell.err());
    }

    @Test
    void anAbbreviatedOptionIsRefused() {
        assertEquals(
                ExitCode.USAGE,
                new Shell(List.of(new Throwing(null)))
                        .run("throwing", "--lim", "3")
                        .code());
    }

    @Test
    void optionsMayFollowArgumentsAndRepeat() {
        Shell shell = new Shell(List.of(new Throwing(null)))
                .run("throwing", "file", "--set", "a.b=1", "--limit=3", "--set", "c=[1, 2]");
        assertEquals("3 [file] [a.b=1, c=[1, 2]]", shell.out(), shell.err());
    }

    @Test
    void aNumberThatIsNoneIsRefused() {
        Shell shell = new Shell(List.of(new Throwing(null))).run("throwing", "--limit", "1.5");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--limit must be a whole number of at least 1, not '1.5'"), shell.err());
    }

    @Test
    void aUsersMistakeIsOneLineWithoutClassName() {
        Shell shell = throwing(new BantamException("a.yaml:3:1 stage: no such layer. Use 1."));
        assertEquals(ExitCode.USAGE, shell.code());
        assertEquals(
                "bantam: a.yaml:3:1 stage: no such layer. Use 1.", shell.err().strip());
    }

    @Test
    void failedWorkIsNotAMistake() {
        Shell shell = throwing(new WorkFailedException("the loss became NaN in step 3."));
        assertEquals(ExitCode.FAILED, shell.code());
        assertEquals("bantam: the loss became NaN in step 3.", shell.err().strip());
    }

    @Test
    void aMissingFileIsNamed() {
        Shell shell = throwing(new UncheckedIOException(new NoSuchFileException("there/model.bantam")));
        assertEquals(ExitCode.USAGE, shell.code());
        assertEquals(
                "bantam: there is no file or folder there/model.bantam.",
                shell.err().strip());
    }

    @Test
    void aFullDiskIsSaid() {
        Shell shell = throwing(new IOException("No space left on device"));
        assertEquals(ExitCode.FAILED, shell.code());
        assertTrue(shell.err().contains("no space left on the disk"), shell.err());
    }

    @Test
    void aFaultKeepsItsTraceInTheLog() throws IOException {
        Shell shell = throwing(new IllegalStateException("marker 5120"));
        assertEquals(ExitCode.FAILED, shell.code());
        assertTrue(shell.err().contains("internal error"), shell.err());
        assertFalse(shell.err().contains("\tat "), shell.err());
        String log = Files.readString(LogFile.current());
        assertTrue(
                log.contains("marker 5120") && log.contains("CommandLineInterfaceTest.aFaultKeepsItsTraceInTheLog"),
                "trace in the log");
    }
}
