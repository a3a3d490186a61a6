package io.bantam.trainer.cli;

import java.time.Duration;
import java.util.Locale;

/** The words of a progress line. */
final class ProgressText {
    private ProgressText() {}

    /** {@code loss 3.214  12,345 tokens/s}, less what is NaN. */
    static String figures(double loss, double tokensPerSecond) {
        StringBuilder text = new StringBuilder();
        if (!Double.isNaN(loss)) {
            text.append(String.format(Locale.ROOT, "loss %.4g", loss));
        }
        if (!Double.isNaN(tokensPerSecond)) {
            text.append(text.isEmpty() ? "" : "  ");
            text.append(String.format(Locale.ROOT, "%,.0f tokens/s", tokensPerSecond));
        }
        return text.toString();
    }

    /** {@code 42 s}, {@code 3:07 min} or {@code 2:15:00 h}. */
    static String time(Duration time) {
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
