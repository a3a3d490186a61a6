package io.bantam.trainer.distill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.ReferenceGpt2;
import io.bantam.trainer.model.TinyGpt2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TeacherCacheTest {
    private static final int VOCABULARY = 11;
    private static final int TOKENS = 6;
    private static final int WIDTH = 8;
    private static final DecoderConfig STUDENT = TinyGpt2.config(VOCABULARY, 7, 8, 2, 2);
    private static final DecoderConfig TEACHER = TinyGpt2.config(VOCABULARY, 9, 8, 4, 2);
    private static final String HASH = "ab".repeat(32);
    private static final Map<String, float[]> STUDENT_WEIGHTS = TinyGpt2.weights(STUDENT, 1);
    private static final Map<String, float[]> TEACHER_WEIGHTS = TinyGpt2.weights(TEACHER, 2);
    private static final DistillationLoss KL = new DistillationLoss(1, 0, 0, 1, 0, 0, Map.of(), Map.of());

    private static NDManager manager;
    private static Operations operations;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu());
    }

    @AfterAll
    static void close() {
        operations.close();
        manager.close();
    }

    private static Decoder model(DecoderConfig config, Map<String, float[]> weights) {
        return new Decoder(operations, DecoderParameters.of(manager, config, weights), Precision.FLOAT32);
    }

    private Path file() {
        return folder.resolve("teacher.topk");
    }

    private TeacherCache open(int k) {
        return open(k, List.of());
    }

    private TeacherCache open(int k, List<Integer> states) {
        return TeacherCache.open(file(), HASH, new TeacherCache.Contents(k, TOKENS, VOCABULARY, WIDTH, states));
    }

    private static int[] ids(long seed, int rows) {
        return TinyGpt2.ids(seed, rows * (TOKENS + 1), VOCABULARY);
    }

    private record Computed(StepLosses losses, Map<String, float[]> gradients) {}

    private static Computed step(DistillationLoss loss, Optional<TeacherCache> cache, int[] ids, int rows) {
        return step(loss, cache, ids, rows, false);
    }

    private static Computed step(
            DistillationLoss loss, Optional<TeacherCache> cache, int[] ids, int rows, boolean checkpointing) {
        try (Decoder student = model(STUDENT, STUDENT_WEIGHTS);
                Decoder teacher = model(TEACHER, TEACHER_WEIGHTS);
                DataParallel parallel = new DataParallel(2);
                NDManager scope = manager.newSubManager()) {
            DistillationStep.Result result = new DistillationStep(
                            student,
                            Optional.of(teacher),
                            cache,
                            loss,
                            new DistillationStep.Gradients(false, checkpointing),
                            parallel)
                    .run(scope, List.of(ids), rows, FakeQuantization.none());
            Map<String, float[]> gradients = new LinkedHashMap<>();
            for (int i = 0; i < result.gradients().size(); i++) {
                gradients.put(
                        student.parameters().names().get(i),
                        result.gradients().get(i).toFloatArray());
            }
            return new Computed(result.losses(), gradients);
        }
    }

    /** Where at most one word is left over, nothing is lost but digits. */
    @ParameterizedTest
    @CsvSource({"11, 1, 0, 0", "10, 1, 0, 0", "64, 0, 1, 0", "10, 0.5, 1, 0.3"})
    void withAllWordsItIsTheTeacher(int k, double kl, double soft, double labels) {
        DistillationLoss loss = new DistillationLoss(kl, soft, labels, 1, 0, 0, Map.of(), Map.of());
        Computed expected = step(loss, Optional.empty(), ids(3, 4), 4);
        try (TeacherCache cache = open(k)) {
            Computed actual = step(loss, Optional.of(cache), ids(3, 4), 4);
            assertEquals(expected.losses().total(), actual.losses().total(), 2e-3);
            assertEquals(expected.losses().kl(), actual.losses().kl(), 2e-3);
            expected.gradients().forEach((name, values) -> {
                double largest = largest(values);
                for (int i = 0; i < values.length; i++) {
                    assertEquals(values[i], actual.gradients().get(name)[i], 1e-2 * largest + 1e-5, name);
                }
            });
        }
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** The Kullback-Leibler divergence over the known words and one more event, any other word. */
    private static double klOf(Decoder.TopK known, Map<String, double[]> student, int[] ids, int rows) {
        double sum = 0;
        int k = known.k();
        for (int row = 0; row < rows; row++) {
            int from = row * (TOKENS + 1);
            double[][] logits = new ReferenceGpt2(STUDENT, student)
                    .run(Arrays.copyOfRange(ids, from, from + TOKENS))
                    .logits();
            for (int t = 0; t < TOKENS; t++) {
                double[] logQ = ReferenceGpt2.logSoftmax(logits[t], 1);
                int at = row * TOKENS + t;
                double rest = Math.exp(known.logs()[at * (k + 1) + k]);
                double mass = 0;
                for (int i = 0; i < k; i++) {
                    mass += Math.exp(known.logs()[at * (k + 1) + i]);
                }
                double others = 1;
                for (int i = 0; i < k; i++) {
                    double p = Math.exp(known.logs()[at * (k + 1) + i]) * (1 - rest) / mass;
                    double q = logQ[(int) known.words()[at * k + i]];
                    sum += p * (Math.log(p) - q);
                    others -= Math.exp(q);
                }
                sum += rest * (Math.log(rest) - Math.log(others));
            }
        }
        return sum / (rows * TOKENS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 9})
    void lossAndGradientAreThoseOfKnownWordsAndTheRest(int k) {
        int[] ids = ids(5, 2);
        try (TeacherCache cache = open(k);
                Decoder teacher = model(TEACHER, TEACHER_WEIGHTS)) {
            Computed computed = step(KL, Optional.of(cache), ids, 2);
            Decoder.TopK known = cache.of(ids, 2, teacher);
            Map<String, double[]> weights = ReferenceGpt2.widen(STUDENT_WEIGHTS);
            assertEquals(klOf(known, weights, ids, 2), computed.losses().kl(), 1e-5);
            double change = 1e-5;
            for (int trial = 0; trial < 5; trial++) {
                Map<String, double[]> direction = direction(weights, trial);
                double above = klOf(known, moved(weights, direction, change), ids, 2);
                double below = klOf(known, moved(weights, direction, -change), ids, 2);
                double along = 0;
                for (Map.Entry<String, double[]> entry : direction.entrySet()) {
                    float[] gradient = computed.gradients().get(entry.getKey());
                    for (int i = 0; i < gradient.length; i++) {
                        along += gradient[i] * entry.getValue()[i];
                    }
                }
                assertEquals((above - below) / (2 * change), along, 1e-4 * Math.max(1, Math.abs(along)));
            }
        }
    }

    private static Map<String, double[]> direction(Map<String, double[]> weights, int seed) {
        Random random = new Random(seed);
        Map<String, double[]> direction = new LinkedHashMap<>();
        weights.forEach((name, values) ->
                direction.put(name, random.doubles(values.length, -1, 1).toArray()));
        return direction;
    }

    private static Map<String, double[]> moved(
            Map<String, double[]> weights, Map<String, double[]> direction, double by) {
        Map<String, double[]> moved = new LinkedHashMap<>();
        weights.forEach((name, values) -> {
            double[] copy = values.clone();
            for (int i = 0; i < copy.length; i++) {
                copy[i] += by * direction.get(name)[i];
            }
            moved.put(name, copy);
        });
        return moved;
    }

    @Test
    void knownSequencesNeedNoTeacherInWhateverOrder() {
        int[] ids = ids(7, 3);
        int row = TOKENS + 1;
        Computed before;
        long size;
        try (TeacherCache cache = open(4)) {
            before = step(KL, Optional.of(cache), ids, 3);
            assertEquals(3, cache.sequences());
            assertEquals(4 * 2 + 5 * 2, cache.bytesPerToken());
        }
        size = file().toFile().length();
        assertEquals(64 + 3 * (8 + TOKENS * 18), size);
        int[] turned = new int[ids.length];
        for (int i = 0; i < 3; i++) {
            System.arraycopy(ids, i * row, turned, (2 - i) * row, row);
        }
        try (TeacherCache cache = open(4);
                Decoder other = model(TEACHER, TinyGpt2.weights(TEACHER, 99))) {
            float[] first = Arrays.copyOf(cache.of(ids, 3, other).logs(), TOKENS * 5);
            float[] last = cache.of(turned, 3, other).logs();
            assertArrayEquals(first, Arrays.copyOfRange(last, 2 * TOKENS * 5, 3 * TOKENS * 5));
            Computed again = step(KL, Optional.of(cache), ids, 3);
            before.gradients()
                    .forEach((name, values) ->
                            assertArrayEquals(values, again.gradients().get(name), name));
        }
        assertEquals(size, file().toFile().length());
    }

    @Test
    void anUnfinishedRecordIsDropped() throws IOException {
        try (TeacherCache cache = open(4)) {
            step(KL, Optional.of(cache), ids(7, 2), 2);
        }
        long size = Files.size(file());
        Files.write(file(), new byte[50], StandardOpenOption.APPEND);
        try (TeacherCache cache = open(4)) {
            assertEquals(2, cache.sequences());
            step(KL, Optional.of(cache), ids(8, 1), 1);
            assertEquals(3, cache.sequences());
        }
        assertEquals(size + (size - 64) / 2, Files.size(file()));
    }

    private String refused(String teacher, int k, int tokens) {
        BantamException refused = assertThrows(
                BantamException.class,
                () -> TeacherCache.open(
                                file(), teacher, new TeacherCache.Contents(k, tokens, VOCABULARY, WIDTH, List.of()))
                        .close());
        return refused.getMessage().replace(file().toString(), "FILE");
    }

    @Test
    void anotherTeachersCacheIsRefused() throws IOException {
        open(4).close();
        assertEquals(
                "FILE: was made by another teacher. Remove it, or name another cacheFile.",
                refused("cd".repeat(32), 4, TOKENS));
        assertEquals(
                "FILE: holds 4 likely tokens a position of sequences of 6 tokens, not 5 of 6. Remove it, name another"
                        + " cacheFile, or write k: 4.",
                refused(HASH, 5, TOKENS));
        assertTrue(refused(HASH, 4, 7).contains("not 4 of 7"));
        try (TeacherCache open = open(4)) {
            assertEquals(0, open.sequences());
            assertEquals(
                    "FILE: the teacher's cache is in use by another run. Wait for it, or name another cacheFile.",
                    refused(HASH, 4, TOKENS));
        }
        for (int version : new int[] {2, 4}) {
            byte[] other = Files.readAllBytes(file());
            other[8] = (byte) version;
            Files.write(file(), other);
            assertEquals(
                    "FILE: version " + version + " of a teacher's cache, of "
                            + (version == 2 ? "an earlier" : "a later")
                            + " version of Bantam, not 3: it names its teacher in another way. Remove it, or name"
                            + " another cacheFile.",
                    refused(HASH, 4, TOKENS));
            assertArrayEquals(other, Files.readAllBytes(file()));
        }
        Files.write(file(), "<s> def f ( ) : <EOL> return 1 <EOL> </s> and so on, some text".getBytes());
        assertEquals("FILE: not a teacher's cache. Name another cacheFile.", refused(HASH, 4, TOKENS));
        Files.write(file(), "a note".getBytes());
        assertEquals("FILE: not a teacher's cache. Name another cacheFile.", refused(HASH, 4, TOKENS));
        assertEquals("a note", Files.readString(file()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hiddenStatesAreKeptToo(boolean checkpointing) {
        DistillationLoss loss = new DistillationLoss(1, 0, 0, 1, 0.5, 0, Map.of(0, 0, 1, 2, 2, 4), Map.of());
        int[] ids = ids(3, 4);
        Computed expected = step(loss, Optional.empty(), ids, 4, checkpointing);
        for (int round = 0; round < 2; round++) {
            try (TeacherCache cache = open(VOCABULARY, List.of(4, 0, 2))) {
                assertEquals(VOCABULARY * 2 + (VOCABULARY + 1) * 2 + 3 * WIDTH * 2, cache.bytesPerToken());
                Computed actual = step(loss, Optional.of(cache), ids, 4, checkpointing);
                assertEquals(1, actual.losses().hidden() / expected.losses().hidden(), 1e-3);
                expected.gradients().forEach((name, values) -> {
                    double largest = largest(values);
                    for (int i = 0; i < values.length; i++) {
                        assertEquals(values[i], actual.gradients().get(name)[i], 1e-2 * largest + 1e-5, name);
                    }
                });
                assertEquals(4, cache.sequences());
                assertEquals(1, cache.coverage().mean().orElseThrow(), 1e-4);
            }
        }
        BantamException other = assertThrows(
                BantamException.class, () -> open(VOCABULARY, List.of(0, 4)).close());
        assertEquals(
                file() + ": holds other hidden states than [0, 4]. Remove it, or name another cacheFile.",
                other.getMessage());
        DistillationLoss third = new DistillationLoss(1, 0, 0, 1, 0.5, 0, Map.of(0, 0, 1, 3), Map.of());
        try (TeacherCache cache = open(VOCABULARY, List.of(4, 0, 2))) {
            BantamException missing =
                    assertThrows(BantamException.class, () -> step(third, Optional.of(cache), ids, 4, false));
            assertEquals(
                    file()
                            + ": the teacher's cache holds the hidden states [4, 0, 2], but the loss compares with"
                            + " [0, 3]. Write cacheHidden: [0, 3].",
                    missing.getMessage());
        }
    }

    @Test
    void coverageIsTheProbabilityOfTheKeptWords() {
        try (TeacherCache cache = open(3);
                Decoder teacher = model(TEACHER, TEACHER_WEIGHTS)) {
            assertTrue(cache.coverage().mean().isEmpty());
            Decoder.TopK known = cache.of(ids(5, 2), 2, teacher);
            double sum = 0;
            for (int token = 0; token < 2 * TOKENS; token++) {
                for (int i = 0; i < 3; i++) {
                    sum += Math.exp(known.logs()[token * 4 + i]);
                }
            }
            assertEquals(sum / (2 * TOKENS), cache.coverage().mean().orElseThrow(), 1e-3);
        }
    }

    @Test
    void lossesThatNeedMoreThanACacheAreRefused() {
        try (TeacherCache cache = open(4);
                Decoder student = model(STUDENT, STUDENT_WEIGHTS);
                Decoder teacher = model(TEACHER, TEACHER_WEIGHTS);
                DataParallel parallel = new DataParallel(1)) {
            DistillationLoss warm = new DistillationLoss(1, 0, 0, 2, 0, 0, Map.of(), Map.of());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new DistillationStep(
                            student,
                            Optional.of(teacher),
                            Optional.of(cache),
                            warm,
                            new DistillationStep.Gradients(false, false),
                            parallel));
        }
    }
}
