package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.stage.CodesFile;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From YAML to report, with a model of each kind of stage. */
class RecipeRunnerIT {
    @TempDir
    static Path folder;

    private static Path recipe;
    private static Path run;
    private static Comparison comparison;

    @BeforeAll
    static void runOnce() throws IOException {
        recipe = SmallRun.write(folder);
        run = folder.resolve("run");
        comparison = SmallRun.run(recipe, run, false);
    }

    @Test
    void comparesEveryVariantInTheRecipesOrder() {
        assertEquals(
                List.of(
                        "teacher",
                        "2L",
                        "1W8A2L",
                        "TernaryW8A",
                        "3L",
                        "2L of 4",
                        "PTQ W8A8",
                        "2L + PTQ W4A16",
                        "GPTQ W3A8",
                        "AQLM W2A8",
                        "GPTQ + QAT W3A8",
                        "1W8A2L 4-bit words"),
                comparison.entries().stream().map(e -> e.result().name()).toList());
        for (Comparison.Entry entry : comparison.entries()) {
            assertTrue(entry.result().quality().loss() > 0, entry.label());
            assertTrue(entry.result().cost().generation().generatedTokensPerSecond() > 0, entry.label());
        }
        assertTrue(Files.exists(run.resolve("70-report/report.html")));
    }

    @Test
    void runsSharedStagesOnce() throws IOException {
        try (var children = Files.list(run)) {
            List<String> stages = children.map(p -> p.getFileName().toString())
                    .filter(n -> n.matches("[23]\\d-.*"))
                    .sorted()
                    .toList();
            assertEquals(
                    List.of(
                            "20-half",
                            "21-half+recover",
                            "22-half+recover+binary",
                            "23-ternary",
                            "24-important",
                            "25-greedy",
                            "26-w8a8",
                            "27-half+recover+w4a16",
                            "28-w3gptq",
                            "29-w2aqlm",
                            "30-w3gptq+trained",
                            "31-half+recover+binary+words"),
                    stages);
        }
    }

    @Test
    void aStudentBeginsWithTheTeachersEverySecondLayer() throws IOException {
        ModelState teacher = ModelStateFiles.readFloat(run.resolve("10-teacher"));
        ModelState half = ModelStateFiles.readFloat(run.resolve("20-half"));
        assertArrayEquals(
                teacher.weights().get("h.1.mlp.c_fc.weight"), half.weights().get("h.0.mlp.c_fc.weight"));
        assertArrayEquals(
                teacher.weights().get("h.3.attn.c_attn.bias"), half.weights().get("h.1.attn.c_attn.bias"));
        assertArrayEquals(teacher.weights().get("wte.weight"), half.weights().get("wte.weight"));
    }

    @Test
    void packedFilesHoldTheBitsTheyPromise() throws IOException {
        PackedFile binary = PackedFile.read(run.resolve("50-export").resolve("1W8A2L.bantam"));
        for (String other : List.of("1W8A2L.gguf", "1W8A2L.onnx", "1W8A2L/model.safetensors")) {
            assertTrue(Files.size(run.resolve("50-export").resolve(other)) > 0, other);
        }
        PackedTensor weight = (PackedTensor) binary.tensors().get("h.0.mlp.c_fc.weight");
        assertEquals(Scheme.BINARY, weight.layout().scheme());
        // 128 rows of 32 columns at 1 bit, and a float32 scale a row.
        assertEquals(128 * 32 / 8 + 128 * 4, weight.packedBytes());
        long teacher = Files.size(run.resolve("50-export/teacher.bantam"));
        for (Comparison.Entry entry : comparison.entries()) {
            Path file = run.resolve("50-export")
                    .resolve(RunFolder.fileName(entry.result().name()) + ".bantam");
            assertEquals(Files.size(file), entry.result().model().packedBytes());
            assertEquals(teacher, entry.result().model().baselinePackedBytes());
        }
    }

    @Test
    void theEmbeddingOfAStudentIsQuantizedFurtherWithoutTraining() throws IOException {
        PackedFile trained = PackedFile.read(run.resolve("50-export").resolve("1W8A2L.bantam"));
        PackedFile words = PackedFile.read(run.resolve("50-export").resolve("1W8A2L-4-bit-words.bantam"));
        assertEquals(8, ((PackedTensor) trained.tensors().get("wte.weight")).bits());
        assertEquals(4, ((PackedTensor) words.tensors().get("wte.weight")).bits());
        assertArrayEquals(
                trained.tensors().get("h.1.mlp.c_fc.weight").toFloats(),
                words.tensors().get("h.1.mlp.c_fc.weight").toFloats());
    }

    @Test
    void gptqsCodesArePackedAtTheirWidthAndErrLessThanTheNearestOnes() throws IOException {
        PackedFile packed = PackedFile.read(run.resolve("50-export").resolve("GPTQ-W3A8.bantam"));
        PackedTensor weight = (PackedTensor) packed.tensors().get("h.1.mlp.c_fc.weight");
        assertEquals(Scheme.ASYMMETRIC, weight.layout().scheme());
        // 128 rows of 32 columns at 3 bits, and a float32 scale and zero for each 16 columns.
        assertEquals(128 * 32 * 3 / 8 + 128 * 2 * 8, weight.packedBytes());
        StageRecord record = StageRecord.read(run.resolve("28-w3gptq"));
        double error = record.metrics().get("outputError.h.1.mlp.c_fc.weight");
        assertTrue(error > 0 && error < 0.1, "output error " + error);
        CodesFile codes = CodesFile.read(run.resolve("28-w3gptq/codes.safetensors"));
        assertEquals(16, codes.codes().size());
        assertArrayEquals(codes.codes().get("h.1.mlp.c_fc.weight").dequantize(), weight.toFloats());
    }

    @Test
    void activationsOfSixteenBitsAreReportedAsSuch() throws IOException {
        assertEquals(
                16,
                PackedFile.read(run.resolve("50-export").resolve("2L-+-PTQ-W4A16.bantam"))
                        .activations()
                        .bits());
    }

    @Test
    void aResumedRunSkipsWhatIsDoneAndRedoesWhatChanged() throws IOException {
        Path weights = run.resolve("21-half+recover/model.safetensors");
        FileTime before = Files.getLastModifiedTime(weights);
        Files.delete(run.resolve("26-w8a8").resolve(StageRecord.FILE_NAME));
        Comparison again = SmallRun.run(recipe, run, true);
        assertEquals(before, Files.getLastModifiedTime(weights));
        assertTrue(Files.exists(run.resolve("26-w8a8").resolve(StageRecord.FILE_NAME)));
        for (int i = 0; i < comparison.entries().size(); i++) {
            assertEquals(
                    comparison.entries().get(i).result().quality(),
                    again.entries().get(i).result().quality());
        }
    }

    @Test
    void aFolderWithAnotherRunIsLeftAlone() {
        BantamException refused = assertThrows(BantamException.class, () -> SmallRun.run(recipe, run, false));
        assertTrue(refused.getMessage().contains("--resume"), refused.getMessage());
    }

    /** Six steps of four sequences, then eight that begin with the same ones. */
    @Test
    void aTeachersAnswersServeEveryStage(@TempDir Path folder) throws IOException {
        Path cached = folder.resolve("cached");
        SmallRun.run(SmallRun.write(folder, SmallRun.CACHED), cached, false);
        Map<String, Double> second =
                StageRecord.read(cached.resolve("22-binary")).metrics();
        assertEquals(8 * 2 + 9 * 2, second.get("teacherCacheBytesPerToken"));
        assertEquals(64 + 32 * (8 + 32 * 34), Files.size(cached.resolve("10-teacher/teacher.topk")));
    }

    /**
     * Killed behind its last checkpoint, a stage has no step left; killed before, it counts the steps of both sittings.
     */
    @Test
    void aStageThatReadsATeachersCacheCanBeKilledAnywhere(@TempDir Path folder) throws IOException {
        Path recipeFile = SmallRun.write(folder, SmallRun.CACHED.replace("steps: 6,", "steps: 6, checkpointEvery: 2,"));
        Path cached = folder.resolve("cached");
        SmallRun.run(recipeFile, cached, false);
        Path home = cached.resolve("21-half+recover");
        StageRecord whole = StageRecord.read(home);
        assertTrue(whole.metrics().containsKey("teacherCacheCoverage"));
        for (String last : List.of("step-00000006", "step-00000004")) {
            for (String gone : List.of("stage.json", "student.json", "model.safetensors")) {
                Files.delete(home.resolve(gone));
            }
            if (last.endsWith("4")) {
                Files.delete(home.resolve("checkpoints/step-00000006.json"));
            }
            SmallRun.run(recipeFile, cached, true);
            StageRecord resumed = StageRecord.read(home);
            assertEquals(whole.metrics(), resumed.metrics(), "resumed at " + last);
            assertTrue(resumed.energy().seconds() >= resumed.seconds(), "energy counts all sittings");
        }
    }
}
