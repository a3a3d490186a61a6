package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.Interval;
import io.bantam.trainer.report.Comparison.Entry;
import io.bantam.trainer.report.VariantResult.Quality;
import io.bantam.trainer.report.chart.Axis;
import io.bantam.trainer.report.chart.Chart;
import io.bantam.trainer.report.chart.ChartBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Accuracy against the size of the packed file: the picture that decides which variant to take. */
final class SizeCharts {
    private static final double SMALLEST_SPAN = 5;

    private SizeCharts() {}

    /** Returns one plot for ES and one for EM. */
    static List<Chart> of(Comparison comparison) {
        return List.of(
                chart(comparison, "Edit similarity", "ES, 0 to 100", Quality::editSimilarity),
                chart(comparison, "Exact match", "EM, %", Quality::exactMatch));
    }

    private static Chart chart(Comparison comparison, String title, String unit, Function<Quality, Score> measure) {
        double smallest = Double.MAX_VALUE;
        double largest = 0;
        double low = Double.MAX_VALUE;
        double high = -Double.MAX_VALUE;
        List<String> sentences = new ArrayList<>();
        for (Entry entry : comparison.entries()) {
            long bytes = entry.result().model().packedBytes();
            Score score = measure.apply(entry.result().quality());
            Interval interval = interval(score);
            smallest = Math.min(smallest, bytes);
            largest = Math.max(largest, bytes);
            low = Math.min(low, interval.low());
            high = Math.max(high, interval.high());
            sentences.add(entry.label() + ": " + Figures.one(score.value()) + " at " + Figures.bytes(bytes));
        }
        if (high - low < SMALLEST_SPAN) { // equal scores in the middle, and nothing outside 0 to 100
            low = Math.max(0, (low + high - SMALLEST_SPAN) / 2);
            high = low + SMALLEST_SPAN;
        }
        ChartBuilder builder = new ChartBuilder(
                        title,
                        title + " against bytes on disk. " + String.join("; ", sentences) + ".",
                        460,
                        330,
                        Axis.logarithmic(smallest, largest, Figures::roundBytes),
                        Axis.linear(low, high, 6))
                .axes("bytes on disk, log scale", unit);
        for (Entry entry : comparison.entries()) {
            Score score = measure.apply(entry.result().quality());
            Interval interval = interval(score);
            long bytes = entry.result().model().packedBytes();
            builder.mark(
                    bytes,
                    score.value(),
                    interval.low(),
                    interval.high(),
                    0,
                    entry.label() + ": " + Figures.one(score.value()) + " at " + Figures.bytes(bytes),
                    entry.label(),
                    entry.result().baselineItself());
        }
        return builder.build();
    }

    private static Interval interval(Score score) {
        return score.interval() == null ? new Interval(score.value(), score.value(), score.value()) : score.interval();
    }
}
