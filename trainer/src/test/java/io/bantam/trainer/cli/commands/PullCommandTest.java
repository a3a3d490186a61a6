package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.pull.LocalHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PullCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aModelBecomesAFolder() throws IOException {
        try (LocalHub hub = new LocalHub()) {
            hub.add("config.json", "{}".getBytes(StandardCharsets.UTF_8)).add("model.safetensors", new byte[2000]);
            Path out = folder.resolve("tiny");
            Shell shell = new Shell(List.of(new PullCommand(Map.of("HF_ENDPOINT", hub.endpoint()))))
                    .run("pull", "owner/tiny", "--out", out.toString());
            assertEquals(ExitCode.OK, shell.code(), shell.err());
            assertTrue(shell.out().contains("2 files, 2.0 kB, in " + out), shell.out());
            assertEquals(2000, Files.size(out.resolve("model.safetensors")));
        }
    }

    @Test
    void aNameThatIsNoneIsRefusedAtOnce() {
        Shell shell = new Shell().run("pull", "tiny");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("'tiny' is no name of a model; give OWNER/NAME"), shell.err());
    }
}
