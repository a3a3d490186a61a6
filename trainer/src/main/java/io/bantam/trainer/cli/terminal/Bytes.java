package io.bantam.trainer.cli.terminal;

import java.util.Locale;

/** Sizes for people. */
public final class Bytes {
    private Bytes() {}

    /** {@code count} bytes with a decimal unit, e.g. {@code 32.3 MB}; whole below 1 kB. */
    public static String text(long count) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        double value = count;
        int unit = 0;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0 ? count + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
