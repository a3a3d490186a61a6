package io.bantam.trainer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** The version that the build wrote into {@code version.properties}. */
public final class Version {
    private Version() {}

    public static String text() {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new BantamException("version.properties is missing from the build; run './mvnw clean package'.");
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The version and, where the sources are a git repository, the commit; {@code +} marks uncommitted changes. */
    public static String withCommit() {
        String home = System.getProperty("bantam.home");
        if (home == null || !Files.exists(Path.of(home, ".git"))) {
            return text();
        }
        try {
            Process git = new ProcessBuilder("git", "-C", home, "describe", "--always", "--dirty=+")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor() == 0 && !commit.isEmpty() ? text() + " " + commit : text();
        } catch (IOException e) {
            return text(); // git is not installed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return text();
        }
    }
}
