package io.bantam.trainer.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Progress where lines cannot be drawn over, such as a log file: one line when a phase begins, then one every ten
 * seconds, and one when it ends.
 */
final class PlainProgress implements Progress {
    private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

    private final PrintStream out;
    private final LongSupplier nanoTime;
    private final PhaseClock clock;
    private String phase = "";
    private long lastShown;

    PlainProgress(PrintStream out) {
        this(out, System::nanoTime);
    }

    /** Makes one with a clock of its own, for tests. */
    PlainProgress(PrintStream out, LongSupplier nanoTime) {
        this.out = out;
        this.nanoTime = nanoTime;
        this.clock = new PhaseClock(nanoTime);
    }

    @Override
    public synchronized void measured(long step, long total, Figures figures, String newPhase) {
        long now = nanoTime.getAsLong();
        boolean first = !newPhase.equals(phase);
        if (first) {
            phase = newPhase;
            clock.start(step);
        }
        if (first || step == total || now - lastShown >= INTERVAL_NANOS) {
            lastShown = now;
            String text = ProgressText.figures(figures, clock.left(step, total));
            out.println((phase + "  " + step + "/" + total + "  " + text).stripTrailing());
        }
    }

    @Override
    public synchronized void message(String line) {
        out.println(line);
    }

    @Override
    public void close() {
        // Every line is whole.
    }
}
