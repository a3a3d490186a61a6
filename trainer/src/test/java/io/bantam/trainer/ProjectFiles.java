package io.bantam.trainer;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the files of the project from a test, whatever folder it is started in. */
public final class ProjectFiles {
    private ProjectFiles() {}

    /** The folder that holds the launcher. */
    public static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("bantam"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("no folder above " + Path.of("").toAbsolutePath() + " holds 'bantam'");
        }
        return folder;
    }
}
