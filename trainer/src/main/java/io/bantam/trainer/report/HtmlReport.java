package io.bantam.trainer.report;

import io.bantam.trainer.report.Comparison.Entry;
import io.bantam.trainer.report.chart.Chart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Renders a comparison to one HTML page with inline styles and plots: nothing else is loaded, no script runs. */
public final class HtmlReport {
    private HtmlReport() {}

    /** A stage as the page lists it. */
    public record StageRow(
            String run, String folder, String stage, String kind, String time, String energy, String figures) {}

    /** Returns the page. */
    public static String render(Comparison comparison) {
        boolean several = comparison.runs().size() > 1;
        List<Chart> losses = new ArrayList<>();
        comparison.runs().forEach(run -> losses.addAll(LossCharts.of(run, several)));
        Map<String, Object> model = new HashMap<>();
        model.put(
                "title",
                String.join(
                        ", ", comparison.runs().stream().map(RunFolder::name).toList()));
        model.put("summary", summary(comparison).orElse(""));
        model.put("table", ComparisonTable.of(comparison));
        model.put("sizeCharts", SizeCharts.of(comparison));
        model.put("lossCharts", losses);
        model.put("errorCharts", QuantizationCharts.of(comparison));
        model.put(
                "errors",
                comparison.entries().stream()
                        .filter(e -> !e.result().quantizationError().isEmpty())
                        .toList());
        model.put("diagnoses", DiagnosisView.of(comparison.runs()));
        model.put("examples", Examples.of(comparison));
        model.put("stages", stages(comparison));
        model.put("several", several);
        model.put(
                "recipes",
                comparison.runs().stream()
                        .filter(run -> !run.recipe().isEmpty())
                        .toList());
        return Pages.render("report.ftlh", model);
    }

    /** One sentence on the smallest variant. */
    private static Optional<String> summary(Comparison comparison) {
        Optional<Entry> smallest = comparison.entries().stream()
                .filter(e -> !e.result().baselineItself())
                .min(Comparator.comparingLong(e -> e.result().model().packedBytes()));
        return smallest.flatMap(entry -> comparison.entries().stream()
                .filter(e -> e.run() == entry.run() && e.result().baselineItself())
                .findFirst()
                .map(baseline -> sentence(entry, baseline)));
    }

    private static String sentence(Entry smallest, Entry baseline) {
        double es = smallest.result().quality().editSimilarity().value();
        double baselineEs = baseline.result().quality().editSimilarity().value();
        double em = smallest.result().quality().exactMatch().value();
        double baselineEm = baseline.result().quality().exactMatch().value();
        String size = smallest.label() + " is the smallest: "
                + Figures.bytes(smallest.result().model().packedBytes())
                + " instead of " + Figures.bytes(baseline.result().model().packedBytes()) + " ("
                + Figures.factor(smallest.result().model().factor()) + " smaller than " + baseline.label() + ")";
        if (baselineEs <= 0 || baselineEm <= 0) {
            return size + ".";
        }
        return size
                + String.format(
                        Locale.ROOT,
                        ", keeping %.0f\u00a0%% of its edit similarity and %.0f\u00a0%% of its exact matches.",
                        100 * es / baselineEs,
                        100 * em / baselineEm);
    }

    private static List<StageRow> stages(Comparison comparison) {
        List<StageRow> rows = new ArrayList<>();
        for (RunFolder run : comparison.runs()) {
            for (RunFolder.StageRun stage : run.stages()) {
                StageRecord record = stage.record();
                String energy = record.energy() == null
                        ? Figures.ABSENT
                        : (record.energy().estimate() ? "~" : "")
                                + Figures.joules(record.energy().joules());
                String figures = String.join(
                        ", ",
                        record.metrics().entrySet().stream()
                                .map(m -> m.getKey() + " " + String.format(Locale.ROOT, "%.4g", m.getValue()))
                                .toList());
                rows.add(new StageRow(
                        run.name(),
                        stage.folder(),
                        record.stage(),
                        record.kind(),
                        Figures.seconds(record.seconds()),
                        energy,
                        figures));
            }
        }
        return rows;
    }
}
