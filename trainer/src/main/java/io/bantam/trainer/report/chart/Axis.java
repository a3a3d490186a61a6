package io.bantam.trainer.report.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * A scale from values to the unit interval, with its ticks.
 *
 * @param minimum value at 0
 * @param maximum value at 1, greater than {@code minimum}
 * @param logarithmic whether equal factors are equally far apart
 * @param ticks in rising order, all within the axis
 */
public record Axis(double minimum, double maximum, boolean logarithmic, List<Tick> ticks) {
    /**
     * A marked value of an axis.
     *
     * @param value in the unit of the axis
     * @param text beside the mark
     */
    public record Tick(double value, String text) {}

    public Axis {
        ticks = List.copyOf(ticks);
        if (!(minimum < maximum) || (logarithmic && minimum <= 0)) {
            throw new IllegalArgumentException("no axis from " + minimum + " to " + maximum);
        }
    }

    /** Returns a linear axis that begins and ends at ticks, about {@code count} of them, a round number apart. */
    public static Axis linear(double smallest, double largest, int count) {
        double low = smallest;
        double high = largest;
        if (high - low < 1e-12 * Math.max(1, Math.abs(high))) {
            double margin = high == 0 ? 1 : Math.abs(high) * 0.1;
            low -= margin;
            high += margin;
        }
        double step = roundStep((high - low) / Math.max(1, count - 1));
        long first = (long) Math.floor(low / step + 1e-9);
        long last = (long) Math.ceil(high / step - 1e-9);
        int digits = 0;
        for (double scaled = step; digits < 12 && Math.abs(scaled - Math.rint(scaled)) > 1e-6; scaled *= 10) {
            digits++;
        }
        List<Tick> ticks = new ArrayList<>();
        for (long i = first; i <= last; i++) {
            double value = i * step;
            ticks.add(new Tick(value, String.format(Locale.ROOT, "%." + digits + "f", value == 0 ? 0.0 : value)));
        }
        return new Axis(first * step, last * step, false, ticks);
    }

    /** Returns a whole-number axis whose ends are the given ones, with ticks in between. */
    public static Axis steps(long smallest, long largest, int count) {
        long end = Math.max(largest, smallest + 1);
        Axis round = linear(smallest, end, count);
        List<Tick> ticks = round.ticks().stream()
                .filter(t -> t.value() >= smallest && t.value() <= end && t.value() == Math.rint(t.value()))
                .map(t -> new Tick(t.value(), String.format(Locale.ROOT, "%,d", (long) t.value())))
                .toList();
        return new Axis(smallest, end, false, ticks);
    }

    /**
     * Returns a logarithmic axis a little wider than the values, with ticks at 1, 2 and 5 times powers of ten, or at
     * the powers alone where that would be too many.
     */
    public static Axis logarithmic(double smallest, double largest, DoubleFunction<String> text) {
        double low = smallest / 1.25;
        double high = largest * 1.25;
        int decades = (int) Math.ceil(Math.log10(high / low));
        double[] marks = decades > 3 ? new double[] {1} : new double[] {1, 2, 5};
        List<Tick> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(low)); Math.pow(10, power) <= high; power++) {
            for (double mark : marks) {
                double value = mark * Math.pow(10, power);
                if (value >= low && value <= high) {
                    ticks.add(new Tick(value, text.apply(value)));
                }
            }
        }
        return new Axis(low, high, true, ticks);
    }

    /** Returns where a value lies; values beyond the ends lie at the ends. */
    public double position(double value) {
        double position = logarithmic
                ? Math.log(Math.max(value, minimum) / minimum) / Math.log(maximum / minimum)
                : (value - minimum) / (maximum - minimum);
        return Math.clamp(position, 0, 1);
    }

    private static double roundStep(double step) {
        double power = Math.pow(10, Math.floor(Math.log10(step)));
        double mantissa = step / power;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 2.5 ? 2.5 : mantissa <= 5 ? 5 : 10);
    }
}
