package io.bantam.trainer.report;

/** Argument checks of the records that are read from files; messages are shown with the file's name in front. */
final class Checks {
    private Checks() {}

    static void version(int found, int known) {
        if (found > known) {
            throw new IllegalArgumentException(
                    "version " + found + " was written by a newer Bantam; this one knows " + known);
        }
        if (found < known) {
            throw new IllegalArgumentException("version " + found + " is unknown, expected " + known);
        }
    }

    static void present(String name, Object value) {
        if (value == null || value.equals("")) {
            throw new IllegalArgumentException(name + " is missing");
        }
    }

    static void finite(String name, Double value) {
        if (value != null && !Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " is not a finite number: " + value);
        }
    }

    static void atLeast(String name, long minimum, long value) {
        if (value < minimum) {
            throw new IllegalArgumentException(name + " must be at least " + minimum + ", not " + value);
        }
    }
}
