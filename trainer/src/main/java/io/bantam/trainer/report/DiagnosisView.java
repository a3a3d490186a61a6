package io.bantam.trainer.report;

import io.bantam.trainer.report.chart.Axis;
import io.bantam.trainer.report.chart.Axis.Tick;
import io.bantam.trainer.report.chart.Chart;
import io.bantam.trainer.report.chart.ChartBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A stage's {@link Diagnosis} as the page shows it.
 *
 * @param title which stage
 * @param sentences what stands out
 * @param chart error by depth
 * @param sequences that the error was measured on
 * @param rows one a quantized weight, the noisiest first
 */
public record DiagnosisView(String title, List<String> sentences, Chart chart, int sequences, List<Row> rows) {

    /**
     * Noise of one quantized weight, as text.
     *
     * @param tensor its name
     * @param noise relative squared error
     * @param outliers largest features of its input; empty for the embedding
     */
    public record Row(String tensor, String noise, String outliers) {}

    /** The views of all stages that have a diagnosis. */
    static List<DiagnosisView> of(List<RunFolder> runs) {
        List<DiagnosisView> views = new ArrayList<>();
        for (RunFolder run : runs) {
            for (RunFolder.StageRun stage : run.stages()) {
                String title = runs.size() > 1 ? run.name() + ", " + stage.folder() : stage.folder();
                stage.diagnosis().ifPresent(diagnosis -> views.add(view(title, diagnosis)));
            }
        }
        return views;
    }

    private static DiagnosisView view(String title, Diagnosis diagnosis) {
        List<Row> rows = diagnosis.noise().entrySet().stream()
                .sorted((a, b) -> Double.compare(b.getValue(), a.getValue()))
                .map(entry -> new Row(
                        entry.getKey(),
                        String.format(Locale.ROOT, "%.3g", entry.getValue()),
                        outliers(diagnosis, entry.getKey())))
                .toList();
        return new DiagnosisView(title, diagnosis.sentences(), chart(title, diagnosis), diagnosis.sequences(), rows);
    }

    private static String outliers(Diagnosis diagnosis, String tensor) {
        String linear = tensor.replaceAll("\\.weight$", "");
        return diagnosis.outliers().getOrDefault(linear, List.of()).stream()
                .map(o -> String.format(Locale.ROOT, "%d (%.1fx)", o.dimension(), o.ratio()))
                .collect(Collectors.joining(", "));
    }

    private static Chart chart(String title, Diagnosis diagnosis) {
        List<Double> depth = diagnosis.depth();
        double largest = depth.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        double[] xs = new double[depth.size()];
        List<Tick> ticks = new ArrayList<>();
        int every = Math.ceilDiv(depth.size(), 12);
        for (int i = 0; i < xs.length; i++) {
            xs[i] = i;
            if (i % every == 0) {
                ticks.add(new Tick(i, i == 0 ? "wte" : Integer.toString(i - 1)));
            }
        }
        ChartBuilder builder = new ChartBuilder(
                        title,
                        String.format(
                                Locale.ROOT,
                                "Relative error of the residual stream by depth: %.2g after the embedding, %.2g at the"
                                        + " end.",
                                depth.getFirst(),
                                depth.getLast()),
                        380,
                        270,
                        new Axis(-0.3, Math.max(1, xs.length - 1) + 0.3, false, ticks),
                        Axis.linear(0, Math.max(largest, 1e-9), 5))
                .axes("after block", "relative error \u2016x \u2212 x\u2032\u2016\u00b2 / \u2016x\u2016\u00b2")
                .line(xs, depth.stream().mapToDouble(Double::doubleValue).toArray(), 0, false);
        for (int i = 0; i < xs.length; i++) {
            builder.mark(xs[i], depth.get(i), 0, String.format(Locale.ROOT, "%.3g", depth.get(i)));
        }
        return builder.build();
    }
}
