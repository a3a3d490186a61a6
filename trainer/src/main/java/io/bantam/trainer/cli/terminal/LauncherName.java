package io.bantam.trainer.cli.terminal;

import java.nio.file.Path;

/** How the user can type the launcher in the folder of the shell. */
public final class LauncherName {
    private LauncherName() {}

    public static String here() {
        String home = System.getProperty("bantam.home");
        if (home == null) {
            return "bantam";
        }
        Path launcher = Path.of(home, "bantam");
        return Path.of("").toAbsolutePath().equals(Path.of(home)) ? "./bantam" : launcher.toString();
    }
}
