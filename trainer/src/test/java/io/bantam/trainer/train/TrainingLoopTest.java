package io.bantam.trainer.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.train.EventFileReader.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TrainingLoopTest {
    private static final class Interrupted extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Keeps what is logged. */
    private static final class Log extends AbstractAppender {
        private final List<String> lines = new ArrayList<>();

        Log() {
            super("kept", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage());
        }
    }

    private final Log log = new Log();

    @TempDir
    Path folder;

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LogManager.getLogger(Checkpoints.class)).addAppender(log);
    }

    @AfterEach
    void stopListening() {
        ((Logger) LogManager.getLogger(Checkpoints.class)).removeAppender(log);
    }

    private static Map<String, float[]> trained(Path folder, boolean resume) throws IOException {
        try (TinyTraining training = new TinyTraining()) {
            training.run(folder, resume);
            return training.weights();
        }
    }

    /** Trains and stops without warning after a step. */
    private static void interrupt(Path folder, long lastStep, String fingerprint, boolean resume) throws IOException {
        try (TinyTraining training = new TinyTraining()) {
            training.fingerprint = fingerprint;
            training.progress = (step, total, figures, phase) -> {
                if (step == lastStep) {
                    throw new Interrupted();
                }
            };
            assertThrows(Interrupted.class, () -> training.run(folder, resume));
        }
    }

    /** The first step that a training does. */
    private static long firstStep(TinyTraining training, Path folder) throws IOException {
        List<Long> steps = new ArrayList<>();
        training.progress = (step, total, figures, phase) -> steps.add(step);
        training.run(folder, true);
        return steps.getFirst();
    }

    private static void assertSame(Map<String, float[]> expected, Map<String, float[]> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static List<JsonNode> metrics(Path folder) throws IOException {
        JsonMapper json = JsonMapper.builder().build();
        return Files.readAllLines(folder.resolve("metrics.jsonl")).stream()
                .map(json::readTree)
                .toList();
    }

    private static List<Long> steps(List<JsonNode> metrics, String key) {
        return metrics.stream()
                .filter(line -> line.has(key))
                .map(line -> line.get("step").asLong())
                .toList();
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void theSameSeedGivesTheSameWeightsAndTheyLearn() throws IOException {
        Map<String, float[]> weights = trained(folder.resolve("a"), false);
        assertSame(weights, trained(folder.resolve("b"), false));
        List<JsonNode> metrics = metrics(folder.resolve("a"));
        assertEquals(upTo(12), steps(metrics, "loss"));
        assertEquals(List.of(4L, 8L, 12L), steps(metrics, "validationLoss"));
        double first = metrics.getFirst().get("loss").asDouble();
        double last = metrics.stream()
                .filter(line -> line.has("loss"))
                .toList()
                .getLast()
                .get("loss")
                .asDouble();
        assertTrue(last < 0.9 * first, first + " to " + last);
        assertEquals(
                List.of(
                        "step-00000008.json",
                        "step-00000008.safetensors",
                        "step-00000012.json",
                        "step-00000012.safetensors"),
                names(folder.resolve("a/checkpoints")));
    }

    @Test
    void aLossThatIsNotFiniteStopsAndTheCheckpointIsGood() throws IOException {
        Map<String, float[]> expected = trained(folder.resolve("whole"), false);
        Path broken = folder.resolve("broken");
        try (TinyTraining training = new TinyTraining()) {
            training.progress = (step, total, figures, phase) -> {
                if (step == 6) {
                    training.student.parameters().get("ln_f.weight").muli(Float.NaN);
                }
            };
            String message = assertThrows(WorkFailedException.class, () -> training.run(broken, false))
                    .getMessage();
            assertTrue(message.startsWith("tiny: the loss is not finite at step 7 (loss NaN"), message);
            assertTrue(message.contains("batches 12 to 13"), message);
            assertTrue(message.contains(broken.resolve("checkpoints") + " is kept. Try "), message);
        }
        assertEquals(List.of("step-00000004.json", "step-00000004.safetensors"), names(broken.resolve("checkpoints")));
        assertSame(expected, trained(broken, true));
    }

    @Test
    void aDivergingLossStops() throws IOException {
        try (TinyTraining training = new TinyTraining()) {
            training.rate = 30;
            training.steps = 200;
            training.evaluateEvery = 1000;
            String message = assertThrows(WorkFailedException.class, () -> training.run(folder, false))
                    .getMessage();
            assertTrue(message.contains("the loss diverges at step "), message);
        }
    }

    @Test
    void aValidationLossThatIsNotFiniteStops() throws IOException {
        try (TinyTraining training = new TinyTraining()) {
            training.validation = (student, quantization) -> Double.NaN;
            String message = assertThrows(WorkFailedException.class, () -> training.run(folder, false))
                    .getMessage();
            assertTrue(message.startsWith("tiny: the validation loss is NaN after step 4."), message);
        }
    }

    @Test
    void patienceEndsTheTrainingWithTheBestWeights() throws IOException {
        double[] losses = {3, 2, 2.5, 2, 1};
        List<Map<String, float[]>> seen = new ArrayList<>();
        try (TinyTraining training = new TinyTraining()) {
            training.steps = 20;
            training.evaluateEvery = 2;
            training.patience = OptionalInt.of(2);
            training.validation = (student, quantization) -> {
                seen.add(training.weights());
                return losses[seen.size() - 1];
            };
            TrainingSummary summary = training.run(folder, false);
            assertEquals(4, seen.size(), "an equal loss is no better one");
            assertEquals(8, summary.steps());
            assertEquals(4, summary.bestStep());
            assertEquals(2, summary.bestLoss());
            assertFalse(Arrays.equals(seen.get(1).get("wte.weight"), seen.get(3).get("wte.weight")));
            assertSame(seen.get(1), training.weights());
        }
        // A finished training that is resumed does nothing more and gives the same weights.
        try (TinyTraining training = new TinyTraining()) {
            training.steps = 20;
            training.evaluateEvery = 2;
            training.patience = OptionalInt.of(2);
            training.validation = (student, quantization) -> Double.NaN;
            TrainingSummary summary = training.run(folder, true);
            assertEquals(8, summary.steps());
            assertSame(seen.get(1), training.weights());
        }
    }

    @Test
    void aResumedTrainingGivesTheSameWeightsAndNoLineTwice() throws IOException {
        Map<String, float[]> expected = trained(folder.resolve("whole"), false);
        Path resumed = folder.resolve("resumed");
        interrupt(resumed, 2, "settings", true);
        interrupt(resumed, 7, "settings", true);
        assertEquals(upTo(7), steps(metrics(resumed), "loss"));
        Files.writeString(resumed.resolve("metrics.jsonl"), "{\"step\":8,\"lo", StandardOpenOption.APPEND);
        Files.writeString(resumed.resolve("checkpoints/step-00000008.safetensors.1234.tmp"), "half");
        Files.writeString(resumed.resolve("checkpoints/step-00000008.safetensors"), "no JSON yet");
        Files.writeString(resumed.resolve("best.safetensors.1234.tmp"), "half");
        try (TinyTraining training = new TinyTraining()) {
            assertEquals(5, firstStep(training, resumed));
            assertSame(expected, training.weights());
        }
        assertEquals(upTo(12), steps(metrics(resumed), "loss"));
        assertEquals(List.of(4L, 8L, 12L), steps(metrics(resumed), "validationLoss"));
        assertFalse(names(resumed).toString().contains(".tmp"), names(resumed).toString());
        assertEquals(4, names(resumed.resolve("checkpoints")).size());
        assertEventsAreTheMetrics(resumed, 3);
    }

    /** What TensorBoard shows: a session's start hides what was written of its step and later ones before. */
    /** As many texts a step, dealt out otherwise. */
    @Test
    void aTrainingResumedWithSmallerBatchesSeesTheSameTexts() throws IOException {
        List<String> expected;
        try (TinyTraining training = new TinyTraining()) {
            training.run(folder.resolve("whole"), false);
            expected = training.seen;
        }
        Path resumed = folder.resolve("resumed");
        interrupt(resumed, 9, "settings", false);
        try (TinyTraining training = new TinyTraining()) {
            training.batch = 1;
            training.accumulation = 6;
            training.run(resumed, true);
            assertEquals(expected.subList(8 * 6, 12 * 6), training.seen);
        }
    }

    private static void assertEventsAreTheMetrics(Path folder, int sessions) throws IOException {
        List<String> files = names(folder).stream()
                .filter(name -> name.startsWith("events."))
                .toList();
        assertEquals(sessions, files.size());
        List<Event> shown = new ArrayList<>();
        for (String file : files) {
            for (Event event : EventFileReader.read(folder.resolve(file))) {
                if (event.sessionStatus() == 1) {
                    shown.removeIf(earlier -> earlier.step() >= event.step());
                } else if (event.version() == null) {
                    shown.add(event);
                }
            }
        }
        List<JsonNode> lines = metrics(folder);
        assertEquals(lines.size(), shown.size());
        for (int i = 0; i < lines.size(); i++) {
            assertEquals(lines.get(i).size() - 1, shown.get(i).scalars().size());
            assertEquals(lines.get(i).get("step").asLong(), shown.get(i).step());
            for (Map.Entry<String, Float> scalar : shown.get(i).scalars().entrySet()) {
                assertEquals((float) lines.get(i).get(scalar.getKey()).asDouble(), scalar.getValue(), scalar.getKey());
            }
        }
    }

    private interface Damage {
        void to(Path manifest, Path arrays) throws IOException;
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeIsUsed() throws IOException {
        Map<String, float[]> expected = trained(folder.resolve("whole"), false);
        Map<String, Damage> damages = Map.of(
                "flipped",
                        (manifest, arrays) -> {
                            byte[] bytes = Files.readAllBytes(arrays);
                            bytes[bytes.length - 5] ^= 1;
                            Files.write(arrays, bytes);
                        },
                "truncated", (manifest, arrays) -> Files.write(arrays, Arrays.copyOf(Files.readAllBytes(arrays), 1000)),
                "missing", (manifest, arrays) -> Files.delete(arrays),
                "cut", (manifest, arrays) -> Files.write(manifest, Arrays.copyOf(Files.readAllBytes(manifest), 40)),
                "empty", (manifest, arrays) -> Files.writeString(manifest, "{}"));
        for (Map.Entry<String, Damage> damage : damages.entrySet()) {
            Path damaged = folder.resolve(damage.getKey());
            interrupt(damaged, 10, "settings", false);
            Path checkpoints = damaged.resolve("checkpoints");
            damage.getValue()
                    .to(checkpoints.resolve("step-00000008.json"), checkpoints.resolve("step-00000008.safetensors"));
            log.lines.clear();
            try (TinyTraining training = new TinyTraining()) {
                assertEquals(5, firstStep(training, damaged), damage.getKey());
                assertSame(expected, training.weights());
            }
            assertEquals(1, log.lines.size(), log.lines.toString());
            assertTrue(log.lines.getFirst().contains("step-00000008"), log.lines.getFirst());
            assertTrue(log.lines.getFirst().contains("damaged checkpoint"), log.lines.getFirst());
        }
    }

    @Test
    void withoutASoundCheckpointTheTrainingStartsAnew() throws IOException {
        Map<String, float[]> expected = trained(folder.resolve("whole"), false);
        Path damaged = folder.resolve("damaged");
        interrupt(damaged, 6, "settings", false);
        Files.write(damaged.resolve("checkpoints/step-00000004.safetensors"), new byte[0]);
        try (TinyTraining training = new TinyTraining()) {
            assertEquals(1, firstStep(training, damaged));
            assertSame(expected, training.weights());
        }
        assertEquals(upTo(12), steps(metrics(damaged), "loss"));
    }

    @Test
    void aCheckpointOfOtherSettingsIsNeitherUsedNorInTheWay() throws IOException {
        trained(folder, false);
        interrupt(folder, 6, "others", true);
        assertEquals(2, log.lines.size(), log.lines.toString());
        assertTrue(log.lines.getFirst().contains("step-00000012.json: checkpoint of a training with other settings"));
        // The first try's checkpoints 8 and 12 are later than this one's 4, which must still be there.
        try (TinyTraining training = new TinyTraining()) {
            training.fingerprint = "others";
            assertEquals(5, firstStep(training, folder));
        }
    }

    @Test
    void aTrainingStartedAnewIsNotMixedWithItsOlderCheckpoints() throws IOException {
        trained(folder, false);
        interrupt(folder, 6, "settings", false);
        try (TinyTraining training = new TinyTraining()) {
            assertEquals(5, firstStep(training, folder));
        }
    }

    @Test
    void missingBestWeightsAreMissedBeforeTheWork() throws IOException {
        interrupt(folder, 6, "settings", false);
        Files.delete(folder.resolve("best.safetensors"));
        try (TinyTraining training = new TinyTraining()) {
            String message = assertThrows(BantamException.class, () -> training.run(folder, true))
                    .getMessage();
            assertTrue(message.contains("best.safetensors is missing"), message);
        }
        assertTrue(new String(Files.readAllBytes(folder.resolve("metrics.jsonl")), StandardCharsets.UTF_8)
                .contains("\"step\":6"));
    }
}
