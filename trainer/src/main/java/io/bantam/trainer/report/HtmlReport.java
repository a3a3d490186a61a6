package io.bantam.trainer.report;

import io.bantam.trainer.report.Comparison.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The web page of a comparison, with inline styles and plots: nothing else is loaded, no script runs. */
public final class HtmlReport {
    /** What fits across a sheet of A4 in a size that can be read. */
    private static final int PRINTED_COLUMNS = 21;

    private HtmlReport() {}

    /**
     * Row of the page's table of stages, all as text.
     *
     * @param run name of the run folder
     * @param folder of the stage in it
     * @param stage name in the recipe
     * @param kind of the stage
     * @param time wall clock time
     * @param energy with {@code ~} in front of an estimate
     * @param figures metrics at the end of the stage
     */
    public record StageRow(
            String run, String folder, String stage, String kind, String time, String energy, String figures) {}

    /** Returns the page. */
    public static String render(Comparison comparison) {
        boolean several = comparison.runs().size() > 1;
        List<LossView> losses = new ArrayList<>();
        comparison.runs().forEach(run -> losses.addAll(LossCharts.of(run, several)));
        Map<String, Object> model = new HashMap<>();
        model.put(
                "title",
                String.join(
                        ", ", comparison.runs().stream().map(RunFolder::name).toList()));
        model.put("summary", summary(comparison).orElse(""));
        ComparisonTable compared = ComparisonTable.of(comparison);
        WebTable table = WebTable.of(compared);
        model.put("warnings", compared.warnings());
        model.put("notes", compared.notes());
        model.put("table", table);
        model.put("printedTables", table.parts(PRINTED_COLUMNS));
        model.put("about", caption(comparison));
        model.put("samples", comparison.samples());
        model.put("sizeCharts", SizeCharts.of(comparison));
        model.put("losses", losses);
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

    /** Says what the comparison's table shows, on which data, and how its intervals are made. */
    private static String caption(Comparison comparison) {
        String runs = String.join(
                ", ", comparison.runs().stream().map(RunFolder::name).toList());
        String text = "Variants of " + runs + ": size of the packed file (bytes below it), its scores on "
                + comparison.samples() + ", and cost.";
        return comparison.hasDifferences()
                ? text + " In brackets: 95 % interval, by paired bootstrap over these samples, of the difference to the"
                        + " baseline (" + comparison.baselines() + "), in points."
                : text;
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
                                .map(m -> name(m.getKey()) + " " + String.format(Locale.ROOT, "%.4g", m.getValue()))
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

    /** What a stage that trained records as its loss is the least validation loss. */
    private static String name(String metric) {
        return metric.equals("loss") ? "best validation loss" : metric;
    }
}
