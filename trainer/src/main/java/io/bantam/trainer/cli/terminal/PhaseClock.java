package io.bantam.trainer.cli.terminal;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Estimates the time left of one phase from its own pace; a resumed phase counts only the steps of this process. */
final class PhaseClock {
    private final LongSupplier nanoTime;
    private long startNanos;
    private long firstStep;

    PhaseClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Begins a phase in which {@code step} steps are done already. */
    void start(long step) {
        startNanos = nanoTime.getAsLong();
        firstStep = step;
    }

    /** The time until {@code total} at the pace so far; empty before the first step and at the end. */
    Optional<Duration> left(long step, long total) {
        if (step <= firstStep || step >= total) {
            return Optional.empty();
        }
        double nanosPerStep = (double) (nanoTime.getAsLong() - startNanos) / (step - firstStep);
        return Optional.of(Duration.ofNanos(Math.round(nanosPerStep * (total - step))));
    }
}
