package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.ProjectFiles;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MigrateCommandTest {
    @TempDir
    private Path folder;

    private Path config(String text) throws IOException {
        return Files.writeString(folder.resolve("ds_config.json"), text);
    }

    @Test
    void theRecipeIsSound() throws IOException {
        Path config = config("{\"compression_training\": {\"layer_reduction\": {\"enabled\": true,"
                + " \"teacher_layer\": [1, 3]}}}");
        Path recipe = folder.resolve("migrated.yaml");
        Path teacher = ProjectFiles.root().resolve("checkpoints/pycode-teacher").toAbsolutePath();
        Shell shell = new Shell()
                .run("migrate", config.toString(), "--out", recipe.toString(), "--teacher", teacher.toString());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.err().lines().allMatch(line -> line.startsWith("note: ")), shell.err());
        assertEquals(ExitCode.OK, new Shell().run("check", recipe.toString()).code());
        Shell again = new Shell().run("migrate", config.toString(), "--out", recipe.toString());
        assertEquals(ExitCode.USAGE, again.code(), "a file that exists is not overwritten");
    }

    @Test
    void aFileThatIsNoConfigurationIsNamed() throws IOException {
        Shell shell = new Shell().run("migrate", config("[1]").toString());
        assertEquals(ExitCode.USAGE, shell.code());
        assertEquals(
                "bantam: " + folder.resolve("ds_config.json") + ": the file must be a JSON object.",
                shell.err().strip());
    }
}
