package io.bantam.trainer.cli;

import io.bantam.trainer.train.ProgressListener;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Progress where lines cannot be drawn over, such as a log file: one line when a phase begins, then one every ten
 * seconds, and one when it ends.
 */
final class PlainProgress implements ProgressListener {
    private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

    private final PrintStream out;
    private final LongSupplier nanoTime;
    private String phase = "";
    private long phaseStart;
    private long phaseFirstStep;
    private long lastShown;

    PlainProgress(PrintStream out) {
        this(out, System::nanoTime);
    }

    /** With a clock of its own, for tests. */
    PlainProgress(PrintStream out, LongSupplier nanoTime) {
        this.out = out;
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized void update(long step, long total, double loss, double tokensPerSecond, String newPhase) {
        long now = nanoTime.getAsLong();
        boolean first = !newPhase.equals(phase);
        if (first) {
            phase = newPhase;
            phaseStart = now;
            phaseFirstStep = step;
        }
        if (first || step == total || now - lastShown >= INTERVAL_NANOS) {
            lastShown = now;
            out.println(line(step, total, loss, tokensPerSecond, now));
        }
    }

    private String line(long step, long total, double loss, double tokensPerSecond, long now) {
        StringBuilder line = new StringBuilder(phase).append("  ").append(step).append('/').append(total);
        String figures = ProgressText.figures(loss, tokensPerSecond);
        if (!figures.isEmpty()) {
            line.append("  ").append(figures);
        }
        if (step > phaseFirstStep && step < total) {
            long left = (now - phaseStart) / (step - phaseFirstStep) * (total - step);
            line.append("  ").append(ProgressText.time(Duration.ofNanos(left))).append(" left");
        }
        return line.toString();
    }

    @Override
    public synchronized void message(String line) {
        out.println(line);
    }
}
