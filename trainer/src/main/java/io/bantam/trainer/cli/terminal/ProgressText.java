package io.bantam.trainer.cli.terminal;

import io.bantam.trainer.train.ProgressListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The words of a progress line. */
public final class ProgressText {
    private ProgressText() {}

    /** Returns {@code loss 3.214  12,345 tokens/s  1:05 min left}, less what is not known. */
    static String figures(ProgressListener.Figures figures, Optional<Duration> left) {
        List<String> parts = new ArrayList<>();
        figures.loss().ifPresent(loss -> parts.add(String.format(Locale.ROOT, "loss %.4g", loss)));
        figures.tokensPerSecond().ifPresent(speed -> parts.add(String.format(Locale.ROOT, "%,.0f tokens/s", speed)));
        left.ifPresent(time -> parts.add(time(time) + " left"));
        return String.join("  ", parts);
    }

    /** {@code 42 s}, {@code 3:07 min} or {@code 2:15:00 h}. */
    public static String time(Duration time) {
        long seconds = time.toSeconds();
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3600) {
            return String.format(Locale.ROOT, "%d:%02d min", seconds / 60, seconds % 60);
        }
        return String.format(Locale.ROOT, "%d:%02d:%02d h", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
}
