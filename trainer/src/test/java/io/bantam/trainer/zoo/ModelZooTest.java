package io.bantam.trainer.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.PackedFile;
import io.bantam.trainer.ProjectFiles;
import io.bantam.trainer.hub.Checkpoint;
import io.bantam.trainer.hub.CheckpointReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped teacher through DJL, from its folder, packed, and as the variant of a run. */
final class ModelZooTest {
    private static final String SOURCE = "import os\n\ndef read(path):\n    with open(";

    @TempDir
    private static Path folder;

    private static Path teacher;
    private static Path packed;
    private static String expected;

    @BeforeAll
    static void pack() throws Exception {
        teacher = ProjectFiles.root().resolve("checkpoints/pycode-teacher");
        packed = folder.resolve("teacher.bantam");
        Checkpoint checkpoint = CheckpointReader.read(teacher);
        PackedFile.write(
                packed,
                checkpoint.config().decoder(),
                ActivationQuantization.NONE,
                checkpoint.tensors(),
                Files.readAllBytes(teacher.resolve("tokenizer.json")));
        try (PackedModel model = PackedModel.load(packed, 1)) {
            expected = model.complete(SOURCE);
        }
        assertFalse(expected.isBlank());
    }

    private static Criteria.Builder<String, String> criteria(String url) {
        return Criteria.builder().setTypes(String.class, String.class).optModelUrls(url);
    }

    private static void completes(String url) throws Exception {
        try (ZooModel<String, String> model =
                        criteria(url).optOption("threads", "1").build().loadModel();
                Predictor<String, String> predictor = model.newPredictor()) {
            assertEquals(expected, predictor.predict(SOURCE));
            assertEquals(List.of(expected, expected), predictor.batchPredict(List.of(SOURCE, SOURCE)));
        }
    }

    @Test
    void packedFiles() throws Exception {
        completes("bantam://" + packed);
    }

    @Test
    void huggingFaceFolders() throws Exception {
        completes("bantam:" + teacher);
    }

    @Test
    void runFolders() throws Exception {
        Path run = folder.resolve("run");
        Path export = Files.createDirectories(run.resolve("50-export"));
        Files.writeString(run.resolve("recipe.yaml"), "");
        Files.writeString(export.resolve("stage.json"), "{}");
        Files.copy(packed, export.resolve("one.bantam"));
        completes("bantam:" + run);
        Files.copy(packed, export.resolve("6L-+-PTQ.bantam"));
        completes("bantam:" + run + "?variant=6L-+-PTQ");
        assertTrue(refusal("bantam:" + run).endsWith("choose a variant with ?variant=NAME: 6L-+-PTQ, one."));
        assertTrue(refusal("bantam:" + export).contains("Give the folder of the run"));
    }

    private static String refusal(String url) {
        return assertThrows(
                        MalformedModelException.class,
                        () -> criteria(url).build().loadModel())
                .getMessage();
    }

    @Test
    void lengthIsAnArgument() throws Exception {
        try (ZooModel<String, String> model = criteria("bantam:" + packed)
                        .optArgument("maxTokens", 1)
                        .build()
                        .loadModel();
                Predictor<String, String> predictor = model.newPredictor()) {
            assertNotEquals(expected, predictor.predict(SOURCE));
        }
    }

    @Test
    void whatIsNoModelIsRefused() {
        assertTrue(refusal("bantam:/no/such/file").contains("there is no such file"));
        assertThrows(
                ModelNotFoundException.class,
                () -> Criteria.builder()
                        .setTypes(Integer.class, String.class)
                        .optModelUrls("bantam:" + packed)
                        .build()
                        .loadModel());
        assertEquals("PyTorch", Engine.getDefaultEngineName());
    }

    @Test
    void urls() {
        assertEquals(
                Path.of("/a b/c"), ModelUrl.of(URI.create("bantam:///a%20b/c")).path());
        assertEquals(Path.of("a/b"), ModelUrl.of(URI.create("bantam:a/b")).path());
        assertEquals(
                "W 4+",
                ModelUrl.of(URI.create("bantam:a?variant=W%204+")).variant().orElseThrow());
        assertThrows(IllegalArgumentException.class, () -> ModelUrl.of(URI.create("bantam://host/a")));
        assertThrows(IllegalArgumentException.class, () -> ModelUrl.of(URI.create("bantam:a?other=1")));
    }
}
