package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.ProjectFiles;
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
        Session session = new Session().run("check", RECIPE.toString());
        assertEquals(ExitCode.OK, session.code(), session.err());
        assertTrue(
                session.out().matches("recipe '[^']+' is sound: \\d+ stages, \\d+ variants \\(.*\\)\\R"),
                session.out());
    }

    @Test
    void allProblemsAreShownWithTheirPlaces() throws IOException {
        Path broken = folder.resolve("broken.yaml");
        String text = Files.readString(RECIPE);
        Files.writeString(broken, text.replaceFirst("(?m)^seed: .*$", "sead: 1.7"));
        Session session = new Session().run("check", broken.toString());
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().lines().anyMatch(line -> line.startsWith(broken + ":")), session.err());
        assertTrue(session.err().contains("'seed'"), session.err());
        assertTrue(session.err().contains("nothing was done"), session.err());
        assertEquals("", session.out());
    }

    @Test
    void aWrongOverrideIsNamedAsOne() {
        Session session = new Session().run("check", RECIPE.toString(), "--set", "data.sequenceLenght=128");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("--set data.sequenceLenght"), session.err());
        assertTrue(session.err().contains("sequenceLength"), session.err());
    }

    @Test
    void aMissingRecipeIsOneLineAndASummary() {
        Session session = new Session().run("check", folder.resolve("none.yaml").toString());
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("no such file"), session.err());
    }
}
