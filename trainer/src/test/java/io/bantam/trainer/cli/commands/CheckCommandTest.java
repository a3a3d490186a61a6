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

final class CheckCommandTest {
    /** Starts from the teacher that the repository has. */
    private static final Path RECIPE = ProjectFiles.root().resolve("recipes/quickstart.yaml");

    @TempDir
    private Path folder;

    @Test
    void aSoundRecipeIsSummarised() {
        Shell shell = new Shell().run("check", RECIPE.toString());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().matches("recipe '[^']+' is sound: \\d+ stages, \\d+ variants \\(.*\\)\\R"), shell.out());
    }

    @Test
    void allProblemsAreShownWithTheirPlaces() throws IOException {
        Path broken = folder.resolve("broken.yaml");
        String text = Files.readString(RECIPE);
        Files.writeString(broken, text.replaceFirst("(?m)^seed: .*$", "sead: 1.7"));
        Shell shell = new Shell().run("check", broken.toString());
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().lines().anyMatch(line -> line.startsWith(broken + ":")), shell.err());
        assertTrue(shell.err().contains("'seed'"), shell.err());
        assertTrue(shell.err().contains("nothing was done"), shell.err());
        assertEquals("", shell.out());
    }

    @Test
    void aWrongOverrideIsNamedAsOne() {
        Shell shell = new Shell().run("check", RECIPE.toString(), "--set", "data.sequenceLenght=128");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--set data.sequenceLenght"), shell.err());
        assertTrue(shell.err().contains("sequenceLength"), shell.err());
    }

    @Test
    void aMissingRecipeIsOneLineAndASummary() {
        Shell shell = new Shell().run("check", folder.resolve("none.yaml").toString());
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("no such file"), shell.err());
    }
}
