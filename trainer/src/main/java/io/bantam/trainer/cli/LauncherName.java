package io.bantam.trainer.cli;

import java.nio.file.Path;

/** How the user can type the launcher in the folder of the shell. */
final class LauncherName {
    private LauncherName() {}

    static String here() {
        String home = System.getProperty("bantam.home");
        if (home == null) {
            return "bantam";
        }
        Path launcher = Path.of(home, "bantam");
        return Path.of("").toAbsolutePath().equals(Path.of(home)) ? "./bantam" : launcher.toString();
    }
}
