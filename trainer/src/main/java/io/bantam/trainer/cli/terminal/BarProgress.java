package io.bantam.trainer.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress on a terminal: a bar with loss, tokens/s and time left for the phase that runs; ended phases stay above. */
final class BarProgress implements Progress {
    private final PrintStream err;
    private final PhaseClock clock = new PhaseClock(System::nanoTime);
    private String phase = "";
    private ProgressBar bar;

    BarProgress(PrintStream err) {
        this.err = err;
    }

    @Override
    public synchronized void measured(long step, long total, Figures figures, String newPhase) {
        if (bar == null && newPhase.equals(phase) && step == total) {
            return; // said already
        }
        if (bar == null || !newPhase.equals(phase)) {
            close();
            phase = newPhase;
            clock.start(step);
            // The consumer for one bar: that for several moves the cursor in a way that lines between would break. Its
            // width is given, since looking for it would load a library that takes Ctrl-C away from shutdown hooks.
            bar = new ProgressBarBuilder()
                    .setTaskName(newPhase)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                    .setUpdateIntervalMillis(500)
                    .setConsumer(new ConsoleProgressBarConsumer(err, TerminalWidth.columns()))
                    .hideEta()
                    .startsFrom(step, Duration.ZERO)
                    .build();
        }
        bar.maxHint(total);
        bar.stepTo(step);
        bar.setExtraMessage(ProgressText.figures(figures, clock.left(step, total)));
        if (step == total) {
            close();
        }
    }

    @Override
    public synchronized void message(String line) {
        // The bar draws itself again below the line.
        err.println("\r\u001b[K" + line);
    }

    /** Ends the bar that is shown, if any. */
    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
