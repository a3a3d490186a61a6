package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.stage.session.SmallRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    @TempDir
    private Path folder;

    private String refusal(String... more) throws IOException {
        Path recipe = SmallRun.write(folder, SmallRun.RECIPE);
        Path run = folder.resolve("run");
        new StageRecord(
                        StageRecord.VERSION,
                        "half",
                        "reduce",
                        Map.of(),
                        7,
                        Map.of("fingerprint", "0a".repeat(32)),
                        1,
                        null,
                        Map.of(),
                        "",
                        "")
                .write(run.resolve("20-half"));
        String[] arguments = new String[4 + more.length];
        System.arraycopy(new String[] {"run", recipe.toString(), "--out", run.toString()}, 0, arguments, 0, 4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        Shell shell = new Shell().run(arguments);
        assertEquals(ExitCode.USAGE, shell.code());
        assertEquals(1, shell.err().lines().filter(line -> !line.isBlank()).count(), shell.err());
        assertFalse(Files.exists(run.resolve("recipe.yaml")));
        return shell.err();
    }

    @Test
    void aFolderOfAnEarlierVersionIsRefusedInOneLine() throws IOException {
        String line = refusal("--resume");
        assertTrue(line.contains("20-half: is of an earlier version of Bantam"), line);
    }

    @Test
    void theRecipeMayAskForResumption() throws IOException {
        assertTrue(refusal().contains("is not empty. Go on with the run in it by --resume"));
        assertTrue(refusal("--set", "resume=true").contains("is of an earlier version of Bantam"));
    }
}
