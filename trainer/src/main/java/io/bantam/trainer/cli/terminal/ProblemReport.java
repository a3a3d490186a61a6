package io.bantam.trainer.cli.terminal;

import ai.djl.engine.EngineException;
import io.bantam.runtime.format.FormatException;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.engine.DeviceMemory;
import io.bantam.trainer.recipe.RecipeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Says what went wrong: a user's mistake in its own words; a fault of the program in one line that names the log file
 * with the trace.
 */
public final class ProblemReport {
    private final Terminal terminal;

    public ProblemReport(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Shows {@code problem} on standard error.
     *
     * @param command the name of the command that ran, for the pointer to its help
     * @return the exit code that belongs to it
     */
    public ExitCode show(Throwable problem, String command) {
        Throwable cause = problem instanceof UncheckedIOException unchecked ? unchecked.getCause() : problem;
        return switch (cause) {
            case UsageException usage -> {
                say(usage.getMessage() + " See 'bantam " + command + " --help'.");
                yield ExitCode.USAGE;
            }
            case RecipeException recipe -> {
                int count = recipe.problems().size();
                terminal.err().println(recipe.getMessage());
                say(count == 1 ? "1 problem; nothing was done." : count + " problems; nothing was done.");
                yield ExitCode.USAGE;
            }
            case WorkFailedException failed -> {
                log("failed", failed);
                say(failed.getMessage());
                yield ExitCode.FAILED;
            }
            case BantamException mistake -> {
                say(mistake.getMessage());
                yield ExitCode.USAGE;
            }
            case FormatException foreign -> {
                say(foreign.getMessage());
                yield ExitCode.USAGE;
            }
            case NoSuchFileException missing -> {
                say("there is no file or folder " + missing.getFile() + ".");
                yield ExitCode.USAGE;
            }
            case AccessDeniedException denied -> {
                say("no right to read or write " + denied.getFile() + ".");
                yield ExitCode.USAGE;
            }
            case NotDirectoryException file -> {
                say(file.getFile() + " is not a folder.");
                yield ExitCode.USAGE;
            }
            case IOException full
            when isDiskFull(full) -> {
                log("disk full", full);
                say("no space left on the disk" + place(full) + ". Free some and run the command again.");
                yield ExitCode.FAILED;
            }
            case OutOfMemoryError memory -> {
                log("out of memory", memory);
                say("out of memory (" + memory.getMessage() + "): the Java heap ends at "
                        + Bytes.text(Runtime.getRuntime().maxMemory())
                        + ". Use less data or a smaller batch, or give more with BANTAM_JAVA_OPTS=-Xmx...");
                yield ExitCode.FAILED;
            }
            default -> fault(cause);
        };
    }

    private ExitCode fault(Throwable cause) {
        String message = cause.getMessage() == null
                ? ""
                : cause.getMessage().lines().findFirst().orElse("");
        if (cause instanceof EngineException failure && DeviceMemory.isExhausted(failure)) {
            log("out of native memory", cause);
            say("out of memory for tensors: " + message + " Use a smaller batch size or sequence length.");
            return ExitCode.FAILED;
        }
        log("fault", cause);
        say("internal error, %s: %s".formatted(cause.getClass().getSimpleName(), message));
        say("this is a fault of Bantam; the full trace is in " + LogFile.current());
        return ExitCode.FAILED;
    }

    private void say(String line) {
        terminal.err().println("bantam: " + line);
    }

    private static boolean isDiskFull(IOException problem) {
        String message = problem.getMessage();
        return message != null && (message.contains("No space left") || message.contains("Disk quota exceeded"));
    }

    private static String place(IOException problem) {
        return problem instanceof FileSystemException at && at.getFile() != null ? " of " + at.getFile() : "";
    }

    private static void log(String kind, Throwable problem) {
        Logger logger = LogManager.getLogger(ProblemReport.class);
        logger.info(kind, problem);
    }
}
