package io.bantam.trainer.report;

import io.bantam.trainer.report.RunFolder.StageRun;
import io.bantam.trainer.report.chart.Axis;
import io.bantam.trainer.report.chart.Chart;
import io.bantam.trainer.report.chart.ChartBuilder;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Loss over the steps, a plot a stage that trained: losses of different stages have different meanings. */
final class LossCharts {
    private static final String TRAINING = "loss";
    private static final String VALIDATION = "validationLoss";
    /** More points than this are averaged in groups, for a picture that can be read and a page that stays small. */
    private static final int POINTS = 160;
    /** From this ratio of largest to smallest on, the axis is logarithmic. */
    private static final double LOG_RATIO = 6;

    private LossCharts() {}

    private record Curve(double[] steps, double[] values) {}

    /** Returns the plots of one run; stages without losses are left out. */
    static List<Chart> of(RunFolder run, boolean nameRun) {
        List<Chart> charts = new ArrayList<>();
        for (StageRun stage : run.stages()) {
            Curve training = curve(stage.metrics(), TRAINING, POINTS);
            Curve validation = curve(stage.metrics(), VALIDATION, Integer.MAX_VALUE);
            if (training.steps().length > 0 || validation.steps().length > 0) {
                String title = stage.record().stage() + (nameRun ? " (" + run.name() + ")" : "");
                charts.add(chart(title, training, validation));
            }
        }
        return charts;
    }

    private static Chart chart(String title, Curve training, Curve validation) {
        double[] all = concatenate(training.values(), validation.values());
        double smallest = minimum(all);
        double largest = maximum(all);
        boolean logarithmic = smallest > 0 && largest / smallest > LOG_RATIO;
        double[] steps = concatenate(training.steps(), validation.steps());
        Axis x = Axis.steps((long) minimum(steps), (long) maximum(steps), 5);
        Axis y = logarithmic
                ? Axis.logarithmic(smallest, largest, LossCharts::plain)
                : Axis.linear(smallest, largest, 5);
        ChartBuilder builder = new ChartBuilder(title, describe(title, training, validation), 380, 250, x, y)
                .axes("step", logarithmic ? "loss (log scale)" : "loss");
        if (training.steps().length > 0) {
            builder.line(training.steps(), training.values(), 0, true).legend(0, "training", true);
        }
        if (validation.steps().length > 0) {
            builder.line(validation.steps(), validation.values(), 1, false).legend(1, "validation", false);
            for (int i = 0; i < validation.steps().length; i++) {
                builder.mark(
                        validation.steps()[i],
                        validation.values()[i],
                        1,
                        String.format(
                                Locale.ROOT,
                                "step %,.0f: %.4f",
                                validation.steps()[i],
                                validation.values()[i]));
            }
        }
        return builder.build();
    }

    private static Curve curve(List<MetricPoint> points, String name, int limit) {
        List<MetricPoint> with =
                points.stream().filter(p -> p.values().containsKey(name)).toList();
        int group = (int) Math.max(1, Math.ceilDiv((long) with.size(), limit));
        int count = Math.ceilDiv(with.size(), group);
        double[] steps = new double[count];
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            List<MetricPoint> part = with.subList(i * group, Math.min(with.size(), (i + 1) * group));
            steps[i] = part.getLast().step();
            values[i] = part.stream()
                    .mapToDouble(p -> p.values().get(name))
                    .average()
                    .orElseThrow();
        }
        return new Curve(steps, values);
    }

    private static String describe(String title, Curve training, Curve validation) {
        StringBuilder text = new StringBuilder("Loss curve of stage " + title + ".");
        if (training.steps().length > 0) {
            text.append(fromTo(" Training loss", training));
        }
        if (validation.steps().length > 0) {
            text.append(fromTo(" Validation loss", validation));
        }
        return text.toString();
    }

    private static String fromTo(String what, Curve curve) {
        int last = curve.steps().length - 1;
        return String.format(
                Locale.ROOT,
                "%s from %.3f at step %,.0f to %.3f at step %,.0f.",
                what,
                curve.values()[0],
                curve.steps()[0],
                curve.values()[last],
                curve.steps()[last]);
    }

    private static String plain(double value) {
        return BigDecimal.valueOf(value)
                .round(new MathContext(1))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static double[] concatenate(double[] first, double[] second) {
        double[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static double minimum(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    private static double maximum(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }
}
