package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.report.MadeUpRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CompareCommandTest {
    @TempDir
    private Path folder;

    @Test
    void showsTheVariantsOfAllRunsAndWritesAReport() throws IOException {
        Path first = MadeUpRun.write(folder.resolve("first"), 1);
        Path second = MadeUpRun.write(folder.resolve("second"), 2);
        Path out = folder.resolve("out");
        Shell shell = new Shell().run("compare", first.toString(), second.toString(), "--out", out.toString());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().contains("1W8A6L (first)"), shell.out());
        assertTrue(shell.out().contains("1W8A6L (second)"), shell.out());
        assertTrue(Files.exists(out.resolve("report.html")));
    }

    @Test
    void aFolderThatIsNoRunIsRefused() {
        Shell shell = new Shell().run("compare", folder.toString());
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains(folder.toString()), shell.err());
    }

    @Test
    void noRunIsAMistake() {
        assertTrue(new Shell().run("compare").err().contains("RUN is missing."));
    }
}
