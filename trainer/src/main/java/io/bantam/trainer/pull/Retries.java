package io.bantam.trainer.pull;

import io.bantam.trainer.WorkFailedException;
import java.io.IOException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.CancellationException;

/**
 * Tries again what failed for a while: 1 s, 2 s, 4 s ... later, or when the hub says. Progress in between, such as
 * bytes of a file, begins the count anew.
 */
final class Retries {
    static final int ATTEMPTS = 6;
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Pause pause;
    private int failures;

    /** Waits; a test does not. */
    @FunctionalInterface
    interface Pause {
        Pause SLEEP = duration -> Thread.sleep(duration);

        void of(Duration duration) throws InterruptedException;
    }

    Retries(Pause pause) {
        this.pause = pause;
    }

    void progressed() {
        failures = 0;
    }

    /** Waits after a cut connection, or gives up. */
    void after(String what, IOException cause) {
        failed(what, cause.getMessage() == null ? cause.toString() : cause.getMessage(), "", cause);
    }

    /** Waits after an answer that may become better, or gives up. */
    void after(String what, HubAnswer answer) {
        failed(what, "the hub answers " + answer.status(), answer.header("Retry-After"), null);
    }

    private void failed(String what, String reason, String retryAfter, IOException cause) {
        failures++;
        Duration wait = retryAfter.isEmpty() ? Duration.ofSeconds(1L << (failures - 1)) : wait(retryAfter);
        if (failures == ATTEMPTS || wait.compareTo(LONGEST) > 0) {
            throw new WorkFailedException(
                    what + ": " + reason
                            + (wait.compareTo(LONGEST) > 0
                                    ? " and asks to wait " + wait.toMinutes() + " minutes."
                                    : ", " + ATTEMPTS + " times in a row.")
                            + " What was fetched is kept; run the command again to go on.",
                    cause);
        }
        try {
            pause.of(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("fetching was interrupted");
        }
    }

    /** Seconds or a date, as HTTP has it. */
    static Duration wait(String retryAfter) {
        try {
            return Duration.ofSeconds(Math.max(0, Long.parseLong(retryAfter.strip())));
        } catch (NumberFormatException notSeconds) {
            try {
                ZonedDateTime date = ZonedDateTime.parse(retryAfter.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
                Duration until = Duration.between(ZonedDateTime.now(date.getZone()), date);
                return until.isNegative() ? Duration.ZERO : until;
            } catch (DateTimeParseException neither) {
                return Duration.ofSeconds(1);
            }
        }
    }
}
