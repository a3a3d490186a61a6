package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InspectCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aForeignFileIsRefusedByName() throws IOException {
        Path file = Files.writeString(folder.resolve("model.bantam"), "this is no model");
        Session session = new Session().run("inspect", file.toString());
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().startsWith("bantam: " + file), session.err());
        assertEquals(1, session.err().lines().count(), session.err());
    }

    @Test
    void aMissingFileIsRefusedByName() {
        Session session = new Session().run("inspect", folder.resolve("none").toString());
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("there is no file or folder " + folder.resolve("none")), session.err());
    }
}
