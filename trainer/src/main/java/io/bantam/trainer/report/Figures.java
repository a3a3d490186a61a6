package io.bantam.trainer.report;

import java.util.Locale;

/** Formats of figures for people: three significant digits or so, decimal units, the same in every language. */
final class Figures {
    static final String ABSENT = "\u2013";

    private Figures() {}

    /** Bytes in powers of 1000, as disks are sold. */
    static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        return scaled(bytes, new String[] {"", "kB", "MB", "GB", "TB"});
    }

    /** Bytes that are a round number, without zeros behind the point: {@code 5 MB}. */
    static String roundBytes(double bytes) {
        return bytes((long) bytes).replace(".00", "").replace(".0 ", " ");
    }

    static String count(long count) {
        return count < 1000 ? Long.toString(count) : scaled(count, new String[] {"", "k", "M", "G", "T"});
    }

    static String joules(double joules) {
        if (joules < 1000) {
            return String.format(Locale.ROOT, joules < 10 && joules > 0 ? "%.1f J" : "%.0f J", joules);
        }
        return scaled(joules, new String[] {"", "kJ", "MJ", "GJ"});
    }

    /** Seconds below ten minutes, then minutes and hours. */
    static String seconds(double seconds) {
        if (seconds < 10 && seconds > 0) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        if (seconds < 600) {
            return String.format(Locale.ROOT, "%.0f s", seconds);
        }
        return seconds < 36_000
                ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
                : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    static String factor(double factor) {
        return String.format(Locale.ROOT, factor < 99.95 ? "%.1fx" : "%.0fx", factor);
    }

    static String one(double value) {
        return signless(String.format(Locale.ROOT, "%.1f", value));
    }

    /** A figure of unknown size: one decimal, or three significant digits where it is small. */
    static String measure(double value) {
        if (value == 0 || Math.abs(value) >= 10) {
            return one(value);
        }
        int decimals = Math.clamp(2 - (int) Math.floor(Math.log10(Math.abs(value))), 1, 9);
        return String.format(Locale.ROOT, "%." + Math.min(decimals, Math.abs(value) >= 1 ? 1 : 9) + "f", value);
    }

    static String signed(double value) {
        String text = one(value);
        return text.startsWith("-") || text.equals("0.0") ? text : "+" + text;
    }

    static String perSecond(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
    }

    /** Bits a weight: whole numbers as such, {@code 1.58} for log2(3). */
    static String bits(double bits) {
        return bits == Math.rint(bits) ? Long.toString((long) bits) : String.format(Locale.ROOT, "%.2f", bits);
    }

    static String grouped(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String scaled(double value, String[] units) {
        int unit = 0;
        double scaled = value;
        while (scaled >= 999.5 && unit < units.length - 1) {
            scaled /= 1000;
            unit++;
        }
        String format = scaled < 9.995 ? "%.2f %s" : scaled < 99.95 ? "%.1f %s" : "%.0f %s";
        return String.format(Locale.ROOT, format, scaled, units[unit]);
    }

    /** {@code -0.0} is no figure. */
    private static String signless(String text) {
        return text.matches("-0\\.0*") ? text.substring(1) : text;
    }
}
