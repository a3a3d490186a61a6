package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.evaluation.Interval;
import io.bantam.trainer.evaluation.LatencyReading;
import io.bantam.trainer.evaluation.Percentiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The two file formats, {@code stage.json} and {@code VARIANT.json}, there and back. */
class RecordFilesTest {
    private static final VariantResult FULL = new VariantResult(
            VariantResult.VERSION,
            2,
            "6L \"\u00e9\"",
            List.of("half", "recover"),
            "teacher",
            new VariantResult.Model(1, 8, 8, 6, 3_000_000, 1_000_000, 20_000_000),
            new VariantResult.Quality(
                    new Score(40.5, new Interval(40.5, 38, 43), new Interval(-2, -3, -1)),
                    new Score(60, null, null),
                    1.25,
                    null),
            new VariantResult.Cost(
                    new LatencyReading(
                            12.5,
                            1000,
                            200.25,
                            150_000_000,
                            128,
                            64,
                            5,
                            new Percentiles(128, 140),
                            new Percentiles(5, 6),
                            new EnergyReading(9, 0.5, true, "estimate")),
                    300,
                    new EnergyReading(6000, 300, true, "estimate")),
            new VariantResult.Origin("dev", 200, "abc", 100, 1, 42, "cpu", ""),
            Map.of("wte.weight", 0.01, "h.0.mlp.c_fc.weight", 0.5),
            List.of(
                    new Measure("drop", -2.5, "p 0.03", List.of(), "by hand"),
                    Measure.ofSamples("pass@1", List.of(0.0, 100.0), "two tasks")));

    private static final StageRecord STAGE = new StageRecord(
            StageRecord.VERSION,
            "binary",
            "distill",
            Map.of("steps", 300, "training", Map.of("learningRate", 5e-4, "layers", List.of(1, 3))),
            42,
            Map.of("20-half/model.safetensors", "ff"),
            12.5,
            null,
            Map.of("loss", 1.5),
            "cpu",
            "abc");

    @TempDir
    Path folder;

    @Test
    void aResultSurvivesItsFileWithTheFactorInIt() throws IOException {
        Path file = RunFolder.resultFile(folder, FULL.name());
        FULL.write(file);
        assertEquals(FULL, VariantResult.read(file));
        JsonNode json = ReportJson.MAPPER.readTree(Files.readString(file));
        assertEquals(20.0, json.get("model").get("factor").doubleValue());
        assertEquals(40.5, json.at("/quality/exactMatch/value").doubleValue());
        assertTrue(json.at("/cost/energy/estimate").booleanValue());
        assertEquals(List.of(file), Files.list(file.getParent()).toList(), "no temporary file is left");
    }

    @Test
    void aStageSurvivesItsFile() {
        STAGE.write(folder);
        StageRecord read = StageRecord.read(folder);
        assertEquals(STAGE, read);
        assertNull(read.energy());
    }

    @Test
    void whatDoesNotFitIsRefusedWithPlaceAndReason() throws IOException {
        STAGE.write(folder);
        Path file = folder.resolve(StageRecord.FILE_NAME);
        String text = Files.readString(file);
        refused(file, text.replace("\"version\" : 1", "\"version\" : 2"), "written by a newer Bantam");
        refused(file, text.replace("\"version\" : 1", "\"version\" : 0"), "version 0 is unknown");
        refused(file, text.replace("\"commit\"", "\"comit\""), "comit");
        refused(file, text.replace("\"binary\"", "\"\""), "stage is missing");
        refused(file, text.substring(0, text.length() / 2), StageRecord.FILE_NAME + ":");
        Files.delete(file);
        assertTrue(assertThrows(BantamException.class, () -> StageRecord.read(folder))
                .getMessage()
                .endsWith("no such file"));
    }

    @Test
    void figuresThatAreNoneNeverGetIntoAFile() {
        assertThrows(IllegalArgumentException.class, () -> new Score(Double.NaN, null, null));
        assertThrows(
                IllegalArgumentException.class, () -> new VariantResult.Cost(null, Double.POSITIVE_INFINITY, null));
        assertThrows(
                IllegalArgumentException.class, () -> new VariantResult.Model(1, 8, 8, 6, 3_000_000, 0, 20_000_000));
        assertThrows(
                IllegalArgumentException.class,
                () -> new VariantResult.Quality(new Score(1, null, null), new Score(1, null, null), Double.NaN, null));
    }

    private void refused(Path file, String text, String reason) throws IOException {
        Files.writeString(file, text);
        String message = assertThrows(BantamException.class, () -> StageRecord.read(folder))
                .getMessage();
        assertTrue(message.startsWith(file.toString()) && message.contains(reason), message);
    }
}
