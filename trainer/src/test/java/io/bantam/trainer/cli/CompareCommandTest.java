package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        Session session = new Session().run("compare", first.toString(), second.toString(), "--out", out.toString());
        assertEquals(ExitCode.OK, session.code(), session.err());
        assertTrue(session.out().contains("1W8A6L (first)"), session.out());
        assertTrue(session.out().contains("1W8A6L (second)"), session.out());
        assertTrue(Files.exists(out.resolve("report.html")));
    }

    @Test
    void aFolderThatIsNoRunIsRefused() {
        Session session = new Session().run("compare", folder.toString());
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains(folder.toString()), session.err());
    }

    @Test
    void noRunIsAMistake() {
        assertTrue(new Session().run("compare").err().contains("RUN is missing."));
    }
}
