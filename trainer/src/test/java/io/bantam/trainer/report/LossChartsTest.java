package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.report.RunFolder.StageRun;
import io.bantam.trainer.report.chart.Chart;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossChartsTest {
    private static final List<MetricPoint> BOTH = List.of(
            new MetricPoint(1, Map.of("loss", 0.5)),
            new MetricPoint(50, Map.of("loss", 0.2, "validationLoss", 2.2)),
            new MetricPoint(100, Map.of("loss", 0.1, "validationLoss", 2.1)));

    private static Map<String, Object> loss(String kind, double logits, double labels, double hidden) {
        return Map.of(
                "loss",
                Map.of(
                        "logits", Map.of("weight", logits, "kind", kind, "temperature", 1.0),
                        "hidden", Map.of("weight", hidden),
                        "attention", Map.of("weight", 0.0),
                        "labels", Map.of("weight", labels)));
    }

    private static LossView view(String kind, Map<String, Object> settings, List<MetricPoint> points, String recipe) {
        StageRecord record =
                new StageRecord(StageRecord.VERSION, "binary", kind, settings, 42, Map.of(), 1, null, Map.of(), "", "");
        StageRun stage = new StageRun("30-binary", record, points, Optional.empty());
        return LossCharts.of(new RunFolder("run", Path.of("run"), recipe, List.of(stage), List.of()), false)
                .getFirst();
    }

    private static LossView view(Map<String, Object> settings) {
        return view("distill", settings, BOTH, "");
    }

    private static List<String> axes(LossView view) {
        return view.charts().stream().map(Chart::yLabel).toList();
    }

    @Test
    void noAxisOfADistillationHasTwoKindsOfLoss(@TempDir Path folder) throws Exception {
        RunFolder run = RunFolder.read(MadeUpRun.write(folder, 1));
        List<LossView> views = LossCharts.of(run, false);
        assertEquals(
                List.of("recover", "binary"),
                views.stream().map(LossView::title).toList());
        for (LossView view : views) {
            assertEquals(2, view.charts().size());
            for (Chart chart : view.charts()) {
                assertEquals(1, chart.lines().size(), chart.title());
                assertEquals("optimizer step", chart.xLabel());
                assertTrue(chart.yLabel().contains("nats a token"), chart.yLabel());
            }
            assertTrue(view.charts().getFirst().yLabel().startsWith("KL divergence"));
            assertTrue(view.charts().getLast().yLabel().startsWith("cross-entropy"));
        }
    }

    @Test
    void theAxisSaysWhatWasMinimised() {
        assertEquals(
                List.of("KL divergence, nats a token", "cross-entropy, nats a token"), axes(view(loss("kl", 1, 0, 0))));
        assertEquals(
                "weighted sum, nats a token", axes(view(loss("kl", 1, 0.5, 0))).getFirst());
        assertEquals(
                "weighted sum, no common unit", axes(view(loss("kl", 1, 0, 1))).getFirst());
        assertEquals(
                "soft cross-entropy, nats a logit",
                axes(view(loss("soft-cross-entropy", 1, 0, 0))).getFirst());
        assertEquals(
                "Minimised: KL divergence from the teacher + 0.5 \u00d7 cross-entropy with the text.",
                view(loss("kl", 1, 0.5, 0)).about());
        assertEquals("training loss, unit not recorded", axes(view(Map.of())).getFirst());
    }

    @Test
    void theSameQuantityMayShareAnAxis() {
        LossView teacher = view("teacher", Map.of("kind", "train"), BOTH, "");
        assertEquals(List.of("cross-entropy, nats a token, log scale"), axes(teacher));
        assertEquals(2, teacher.charts().getFirst().lines().size());
        assertEquals(2, teacher.charts().getFirst().legend().size());
        assertEquals(1, view(loss("kl", 0, 1, 0)).charts().size(), "a distillation from the labels alone");
        assertEquals(2, view(loss("kl", 0, 0.5, 0)).charts().size(), "half the cross-entropy is another quantity");
    }

    @Test
    void aClassifierHasLabelsAndNoTokens() {
        LossView view = view("distill", loss("kl", 1, 0, 0), BOTH, "version: 1\ntask: classification\n");
        assertEquals(List.of("KL divergence, nats a label", "cross-entropy, nats a label"), axes(view));
    }

    @Test
    void withoutValidationThereIsOnePanel() {
        LossView view = view("distill", loss("kl", 1, 0, 0), BOTH.subList(0, 1), "");
        assertEquals(
                List.of("binary: training loss"),
                view.charts().stream().map(Chart::title).toList());
        assertFalse(view.charts().getFirst().description().contains("validation"));
    }
}
