package io.bantam.trainer.cli.terminal;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.FileAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.layout.PatternLayout;

/**
 * Where the log goes: {@code .bantam/bantam.log} beside the launcher for short commands, {@code bantam.log} in the run
 * folder while a recipe runs. The file has everything, traces too; the screen only warnings, one line each.
 */
public final class LogFile {
    /** System property with the log file of commands that have no run folder; read by log4j2.xml. */
    private static final String PROPERTY = "bantam.log";

    /** Control characters that wipe a half-drawn progress bar before a warning; read by log4j2.xml. */
    private static final String CLEAR = "bantam.clearLine";

    private static final String PATTERN = "%d{ISO8601} %-5level [%t] %logger{1.} - %m%n%xEx";

    private static Path file;

    private LogFile() {}

    /** Must be called before the first logger is made. */
    public static synchronized void prepare(Terminal terminal) {
        String chosen = System.getProperty(PROPERTY);
        file = chosen == null ? standard() : Path.of(chosen);
        System.setProperty(PROPERTY, file.toString());
        System.setProperty(CLEAR, terminal.interactive() ? "\r\u001b[K" : "");
    }

    /** Beside the launcher; in the folder for temporary files where that cannot be written or is not known. */
    private static Path standard() {
        String home = System.getProperty("bantam.home");
        if (home != null && Files.isWritable(Path.of(home, ".bantam"))) {
            return Path.of(home, ".bantam", "bantam.log");
        }
        return Path.of(System.getProperty("java.io.tmpdir"), "bantam-" + System.getProperty("user.name") + ".log");
    }

    /** Adds {@code bantam.log} in {@code runFolder} as a second log; the folder is made with the first line. */
    public static synchronized void addRunFolder(Path runFolder) {
        file = runFolder.resolve("bantam.log").toAbsolutePath();
        LoggerContext context = (LoggerContext) LogManager.getContext(false);
        Configuration configuration = context.getConfiguration();
        FileAppender appender = FileAppender.newBuilder()
                .setName("run:" + file)
                .setConfiguration(configuration)
                .withFileName(file.toString())
                .withCreateOnDemand(true)
                .setLayout(PatternLayout.newBuilder()
                        .withConfiguration(configuration)
                        .withPattern(PATTERN)
                        .build())
                .build();
        appender.start();
        configuration.addAppender(appender);
        configuration.getRootLogger().addAppender(appender, Level.INFO, null);
        context.updateLoggers();
    }

    /** The file in which a trace of a fault is to be found. */
    public static synchronized Path current() {
        return file;
    }
}
