package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
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

    private static Session throwing(Exception problem) {
        return new Session(List.of(new Throwing(problem))).run("throwing");
    }

    @Test
    void overviewNamesEveryCommandAndExitCode() {
        Session session = new Session().run("--help");
        assertEquals(ExitCode.OK, session.code());
        for (Command command : Commands.all()) {
            assertTrue(session.out().contains("  " + command.name() + " "), command.name());
        }
        for (ExitCode code : ExitCode.values()) {
            assertTrue(session.out().contains(code.number() + " "), code.name());
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelp(Command command) {
        Session session = new Session().run(command.name(), "--help");
        assertEquals(ExitCode.OK, session.code());
        assertTrue(session.out().startsWith("Usage: bantam " + command.name()), session.out());
        for (var option : command.options().getOptions()) {
            assertTrue(session.out().contains("--" + option.getLongOpt()), option.toString());
            assertFalse(option.getDescription().isBlank(), option.toString());
        }
        assertEquals(session.out(), new Session().run("help", command.name()).out());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anUnknownOptionIsRefused(Command command) {
        Session session = new Session().run(command.name(), "--frobnicate");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("'" + command.name() + "' has no option --frobnicate"), session.err());
        assertEquals(1, session.err().lines().count(), session.err());
    }

    @Test
    void noCommandIsAMistake() {
        assertEquals(ExitCode.USAGE, new Session().run().code());
    }

    @Test
    void versionNamesJava() {
        Session session = new Session().run("--version");
        assertTrue(session.out().matches("bantam \\d+\\.\\d+.* \\(Java 25.*\\)\\R"), session.out());
    }

    @Test
    void aMistypedCommandGetsAGuess() {
        Session session = new Session().run("inspekt");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("Did you mean 'inspect'?"), session.err());
    }

    @Test
    void aFarFetchedGuessIsNotMade() {
        Session session = new Session().run("xyzzy");
        assertFalse(session.err().contains("Did you mean"), session.err());
    }

    @Test
    void aMistypedOptionGetsAGuess() {
        Session session = new Session().run("score", "--anwsers", "a", "--predictions", "b");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("Did you mean '--answers'?"), session.err());
        assertTrue(session.err().contains("See 'bantam score --help'."), session.err());
    }

    @Test
    void aMissingOptionIsNamedWithItsValue() {
        Session session = new Session().run("score", "--answers", "a");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("'score' needs --predictions FILE.txt."), session.err());
    }

    @Test
    void anAbbreviatedOptionIsRefused() {
        assertEquals(
                ExitCode.USAGE,
                new Session(List.of(new Throwing(null)))
                        .run("throwing", "--lim", "3")
                        .code());
    }

    @Test
    void optionsMayFollowArgumentsAndRepeat() {
        Session session = new Session(List.of(new Throwing(null)))
                .run("throwing", "file", "--set", "a.b=1", "--limit=3", "--set", "c=[1, 2]");
        assertEquals("3 [file] [a.b=1, c=[1, 2]]", session.out(), session.err());
    }

    @Test
    void aNumberThatIsNoneIsRefused() {
        Session session = new Session(List.of(new Throwing(null))).run("throwing", "--limit", "1.5");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("--limit must be a whole number of at least 1, not '1.5'"), session.err());
    }

    @Test
    void aUsersMistakeIsOneLineWithoutClassName() {
        Session session = throwing(new BantamException("a.yaml:3:1 stage: no such layer. Use 1."));
        assertEquals(ExitCode.USAGE, session.code());
        assertEquals(
                "bantam: a.yaml:3:1 stage: no such layer. Use 1.", session.err().strip());
    }

    @Test
    void failedWorkIsNotAMistake() {
        Session session = throwing(new WorkFailedException("the loss became NaN in step 3."));
        assertEquals(ExitCode.FAILED, session.code());
        assertEquals("bantam: the loss became NaN in step 3.", session.err().strip());
    }

    @Test
    void aMissingFileIsNamed() {
        Session session = throwing(new UncheckedIOException(new NoSuchFileException("there/model.bantam")));
        assertEquals(ExitCode.USAGE, session.code());
        assertEquals(
                "bantam: there is no file or folder there/model.bantam.",
                session.err().strip());
    }

    @Test
    void aFullDiskIsSaid() {
        Session session = throwing(new IOException("No space left on device"));
        assertEquals(ExitCode.FAILED, session.code());
        assertTrue(session.err().contains("no space left on the disk"), session.err());
    }

    @Test
    void aFaultKeepsItsTraceInTheLog() throws IOException {
        Session session = throwing(new IllegalStateException("marker 5120"));
        assertEquals(ExitCode.FAILED, session.code());
        assertTrue(session.err().contains("internal error"), session.err());
        assertFalse(session.err().contains("\tat "), session.err());
        String log = Files.readString(LogFile.current());
        assertTrue(
                log.contains("marker 5120") && log.contains("CommandLineInterfaceTest.aFaultKeepsItsTraceInTheLog"),
                "trace in the log");
    }
}
