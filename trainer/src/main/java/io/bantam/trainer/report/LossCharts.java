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
import java.util.regex.Pattern;

/**
 * Panels of loss over the steps, one for each stage and quantity. A distillation loss and the validation loss have no
 * axis in common: the first is a distance to the teacher, the second the cross-entropy with the text, so that the
 * distance between the two says nothing about overfitting.
 */
final class LossCharts {
    private static final String TRAINING = "loss";
    private static final String VALIDATION = "validationLoss";
    private static final int TRAINING_STYLE = 0;
    private static final int VALIDATION_STYLE = 1;
    private static final int WIDTH = 460;
    private static final int HEIGHT = 280;
    /** More points than this are averaged in groups, for a picture that can be read and a page that stays small. */
    private static final int POINTS = 160;
    /** The least ratio of largest to smallest loss at which the axis is logarithmic. */
    private static final double LOG_RATIO = 6;
    /** How the resolved recipe of a classifier says so. */
    private static final Pattern CLASSIFICATION = Pattern.compile("(?m)^task: classification\\s*$");

    private LossCharts() {}

    private record Curve(String name, int style, boolean thin, double[] steps, double[] values) {
        boolean empty() {
            return steps.length == 0;
        }
    }

    /** Returns the panels of the stages of one run; stages without losses are left out. */
    static List<LossView> of(RunFolder run, boolean nameRun) {
        String token = CLASSIFICATION.matcher(run.recipe()).find() ? "label" : "token";
        List<LossView> views = new ArrayList<>();
        for (StageRun stage : run.stages()) {
            Curve training = curve(stage.metrics(), TRAINING, "training", TRAINING_STYLE, POINTS);
            Curve validation = curve(stage.metrics(), VALIDATION, "validation", VALIDATION_STYLE, Integer.MAX_VALUE);
            if (!training.empty() || !validation.empty()) {
                String title = stage.record().stage() + (nameRun ? " (" + run.name() + ")" : "");
                views.add(view(title, TrainingLoss.of(stage.record(), token), training, validation, token));
            }
        }
        return views;
    }

    private static LossView view(String stage, TrainingLoss loss, Curve training, Curve validation, String token) {
        List<Chart> charts = new ArrayList<>();
        double[] steps = concatenate(training.steps(), validation.steps());
        Axis x = Axis.steps((long) minimum(steps), (long) maximum(steps), 5);
        String validationAxis = "cross-entropy, nats a " + token;
        if (loss.crossEntropy() && !training.empty() && !validation.empty()) {
            charts.add(chart(stage, "Training and validation loss", validationAxis, x, List.of(training, validation)));
        } else {
            if (!training.empty()) {
                charts.add(chart(stage, "Training loss", loss.name() + ", " + loss.unit(), x, List.of(training)));
            }
            if (!validation.empty()) {
                charts.add(chart(stage, "Validation loss", validationAxis, x, List.of(validation)));
            }
        }
        String about = training.empty() ? "" : "Minimised: " + String.join(" + ", loss.terms()) + ".";
        return new LossView(stage, about, charts);
    }

    private static Chart chart(String stage, String what, String yLabel, Axis x, List<Curve> curves) {
        double[] all = curves.stream().map(Curve::values).reduce(new double[0], LossCharts::concatenate);
        double smallest = minimum(all);
        double largest = maximum(all);
        boolean logarithmic = smallest > 0 && largest / smallest > LOG_RATIO;
        Axis y = logarithmic
                ? Axis.logarithmic(smallest, largest, LossCharts::plain)
                : Axis.linear(smallest, largest, 5);
        StringBuilder description = new StringBuilder(what + " of stage " + stage + " over the steps, " + yLabel + ".");
        curves.forEach(curve -> description.append(fromTo(curve)));
        ChartBuilder builder = new ChartBuilder(stage + ": " + lower(what), description.toString(), WIDTH, HEIGHT, x, y)
                .axes("optimizer step", yLabel + (logarithmic ? ", log scale" : ""));
        for (Curve curve : curves) {
            builder.line(curve.steps(), curve.values(), curve.style(), curve.thin());
            if (curves.size() > 1) {
                builder.legend(curve.style(), curve.name(), curve.thin());
            }
            for (int i = 0; !curve.thin() && i < curve.steps().length; i++) {
                builder.mark(
                        curve.steps()[i],
                        curve.values()[i],
                        curve.style(),
                        String.format(Locale.ROOT, "step %,.0f: %.4f", curve.steps()[i], curve.values()[i]));
            }
        }
        return builder.build();
    }

    private static Curve curve(List<MetricPoint> points, String key, String name, int style, int limit) {
        List<MetricPoint> with =
                points.stream().filter(p -> p.values().containsKey(key)).toList();
        int group = (int) Math.max(1, Math.ceilDiv((long) with.size(), limit));
        int count = Math.ceilDiv(with.size(), group);
        double[] steps = new double[count];
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            List<MetricPoint> part = with.subList(i * group, Math.min(with.size(), (i + 1) * group));
            steps[i] = part.getLast().step();
            values[i] = part.stream()
                    .mapToDouble(p -> p.values().get(key))
                    .average()
                    .orElseThrow();
        }
        return new Curve(name, style, style == TRAINING_STYLE, steps, values);
    }

    private static String fromTo(Curve curve) {
        int last = curve.steps().length - 1;
        return String.format(
                Locale.ROOT,
                " The %s loss goes from %.3f at step %,.0f to %.3f at step %,.0f.",
                curve.name(),
                curve.values()[0],
                curve.steps()[0],
                curve.values()[last],
                curve.steps()[last]);
    }

    private static String lower(String text) {
        return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
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
