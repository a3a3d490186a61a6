package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.report.ReportWriter.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RunFolderTest {
    @TempDir
    Path folder;

    @Test
    void readsStagesMetricsVariantsAndPredictions() throws IOException {
        RunFolder run = RunFolder.read(MadeUpRun.write(folder.resolve("quick"), 1));
        assertEquals("quick", run.name());
        assertTrue(run.recipe().startsWith("# Aim: try the page."));
        assertEquals(
                List.of("10-teacher", "20-half", "30-recover", "31-binary", "40-w8a8"),
                run.stages().stream().map(RunFolder.StageRun::folder).toList());
        assertEquals(300, run.stages().get(2).metrics().size(), "the line that was cut off is left out");
        assertEquals(64, run.variants().get(4).predictions().size());
    }

    @Test
    void aStageRecordBesideTheResultsIsNoVariant() throws IOException {
        Path run = MadeUpRun.write(folder.resolve("quick"), 1);
        StageRecord.read(run.resolve("20-half")).write(run.resolve("60-evaluate"));
        assertEquals(6, RunFolder.read(run).variants().size());
        assertEquals(6, RunFolder.read(run).stages().size());
    }

    @Test
    void reportsAreWrittenWhereTheyBelongAndCanBeWrittenAgain() throws IOException {
        Path run = MadeUpRun.write(folder.resolve("quick"), 1);
        ReportWriter.writeRun(run, EnumSet.allOf(Format.class));
        ReportWriter.writeRun(run, EnumSet.allOf(Format.class));
        try (var files = Files.list(run.resolve("70-report"))) {
            assertEquals(
                    List.of("report.html", "report.json", "report.md"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
        JsonNode json = ReportJson.MAPPER.readTree(Files.readString(run.resolve("70-report/report.json")));
        assertEquals(6, json.get("variants").size());
        assertEquals("1W8A6L", json.at("/variants/2/result/name").stringValue());
        assertEquals(17.878, json.at("/variants/2/result/model/factor").doubleValue(), 0.001);
        assertEquals(
                List.of(),
                ReportWriter.write(
                        ReportWriter.compare(List.of(run)), folder.resolve("none"), EnumSet.noneOf(Format.class)));
    }

    @Test
    void otherFoldersAreRefusedWithAdvice() {
        String missing = assertThrows(BantamException.class, () -> RunFolder.read(folder.resolve("no")))
                .getMessage();
        assertTrue(missing.contains("no such folder"), missing);
        String empty = assertThrows(BantamException.class, () -> RunFolder.read(folder))
                .getMessage();
        assertTrue(empty.contains("no evaluated variant"), empty);
    }

    @Test
    void variantsBecomeFileNames() {
        assertEquals("6L-+-PTQ-W4A8", RunFolder.fileName("6L + PTQ W4A8"));
        assertEquals("a-b-c", RunFolder.fileName(" a/b\\:c "));
        assertEquals("_..", RunFolder.fileName(".."));
        assertEquals("1W8A6L", RunFolder.fileName("1W8A6L"));
    }

    @Test
    void metricsOfAResumedStageAreMergedByStep() throws IOException {
        Path file = Files.writeString(
                folder.resolve("metrics.jsonl"),
                "{\"step\":1,\"loss\":3}\n{\"step\":2,\"loss\":2}\n{\"step\":2,\"validationLoss\":2.5}\n\n"
                        + "{\"step\":2,\"loss\":1,\"note\":\"x\",\"rate\":\"NaN\"}\n{\"step\":3,\"lo");
        assertEquals(
                List.of(
                        new MetricPoint(1, Map.of("loss", 3.0)),
                        new MetricPoint(2, Map.of("loss", 1.0, "validationLoss", 2.5))),
                MetricsLog.read(file));
        Files.writeString(file, "{\"step\":1}\n{\"loss\":1}\n");
        String message =
                assertThrows(BantamException.class, () -> MetricsLog.read(file)).getMessage();
        assertTrue(message.startsWith(file + ":2:"), message);
        Files.writeString(file, "oops\n");
        assertThrows(BantamException.class, () -> MetricsLog.read(file));
    }
}
