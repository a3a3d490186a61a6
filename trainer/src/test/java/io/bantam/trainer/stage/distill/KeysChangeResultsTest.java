package io.bantam.trainer.stage.distill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.model.TinyGpt2;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Loss;
import io.bantam.trainer.recipe.Quantization;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.recipe.Training;
import io.bantam.trainer.stage.Compute;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.Fingerprints;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.stage.RunHome;
import io.bantam.trainer.stage.StageNode;
import io.bantam.trainer.stage.StageOutcome;
import io.bantam.trainer.train.BatchSource;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every key of {@code training}, {@code loss} and {@code quantization} does something: a distillation of a few steps
 * with two values of it gives two results, or one of them is refused.
 */
class KeysChangeResultsTest {
    private static final int TOKENS = 16;
    private static final String RECIPE = """
            version: 1
            name: test
            data: {source: {kind: bundled}, sequenceLength: 16}
            teacher:
              kind: train
              model: {layers: 2, width: 16, heads: 2, context: 16}
              training: {steps: 1}
            stages:
              s:
                kind: distill
                training: {steps: 3, batchSize: 2, learningRate: 0.01, evaluateEvery: 3, checkpointEvery: 3}
            variants: {teacher: [], v: [s]}
            evaluation: {maximumNewTokens: 4}
            """;
    private static final String QUANTIZED =
            "quantization={weights: {bits: 2}, embedding: {bits: 4}, activations: {bits: 4}}";
    private static final DecoderConfig DECODER = TinyGpt2.config(60, TOKENS, 16, 2, 2);

    /** The same shape as an encoder with a classifier. */
    private static final EncoderConfig ENCODER = new EncoderConfig(
            "bert",
            60,
            TOKENS,
            16,
            48,
            2,
            0,
            2,
            8,
            1e-5f,
            2,
            2,
            new EncoderConfig.Tokens(57, 58, 59, -1),
            new EncoderConfig.Form(
                    false,
                    Architecture.Norm.LAYER,
                    0,
                    0,
                    0,
                    true,
                    true,
                    EncoderConfig.Activation.GELU,
                    false,
                    true,
                    false,
                    true,
                    false,
                    false));

    /**
     * A key and two values of it.
     *
     * @param around what else the stage has, so that the key counts
     */
    private record Case(String key, String one, String other, ModelConfig model, String... around) {
        @Override
        public String toString() {
            return key + ": " + one + " or " + other;
        }
    }

    private static final Map<Object, String> RESULTS = new HashMap<>();

    private static NDManager manager;
    private static Operations operations;
    private static DataParallel parallel;
    private static int threads;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu());
        parallel = new DataParallel(1);
        threads = JniUtils.getNumThreads();
        JniUtils.setNumThreads(1);
    }

    @AfterAll
    static void close() {
        JniUtils.setNumThreads(threads);
        parallel.close();
        operations.close();
        manager.close();
    }

    static List<Case> cases() {
        return List.of(
                floats("training.steps", "3", "2"),
                floats("training.batchSize", "2", "3"),
                floats("training.accumulation", "1", "2"),
                floats("training.learningRate", "0.01", "0.02"),
                floats("training.schedule", "linear", "constant"),
                floats("training.warmupSteps", "0", "2"),
                floats("training.weightDecay", "0.01", "0.5"),
                floats("training.gradientClip", "1.0", "0.01"),
                floats("training.evaluateEvery", "3", "1"),
                floats("training.checkpointEvery", "3", "2"),
                // The loss falls and rises with such a learning rate.
                floats(
                        "training.earlyStop",
                        "null",
                        "1",
                        "training.evaluateEvery=1",
                        "training.learningRate=0.1",
                        "training.steps=6"),
                floats("training.precision", "float32", "bfloat16"),
                // A decoder computes the same with either value, in another amount of memory; an encoder refuses it.
                new Case("training.gradientCheckpointing", "false", "true", ENCODER),
                floats("loss.logits.weight", "1.0", "0.5"),
                floats("loss.logits.kind", "kl", "soft-cross-entropy"),
                floats("loss.logits.temperature", "1.0", "2.0"),
                floats("loss.hidden.weight", "1.0", "0.5"),
                floats("loss.hidden.layers", "null", "[0, 2, 2]"),
                floats("loss.attention.weight", "1.0", "0.5"),
                floats("loss.attention.layers", "null", "[1, 1]"),
                floats("loss.labels.weight", "0.0", "1.0"),
                quantized("quantization.weights.bits", "2", "3"),
                quantized("quantization.weights.symmetric", "true", "false"),
                quantized("quantization.weights.granularity", "per-row", "{group: 8}"),
                quantized("quantization.weights.include", "['*']", "['*.mlp.*']"),
                quantized("quantization.weights.exclude", "[]", "['h.0.*']"),
                quantized("quantization.embedding", "{bits: 4}", "null"),
                quantized("quantization.embedding.bits", "4", "3"),
                quantized("quantization.embedding.symmetric", "true", "false"),
                quantized("quantization.activations", "{bits: 4}", "null"),
                quantized("quantization.activations.bits", "4", "8"),
                quantized("quantization.activations.symmetric", "true", "false"),
                quantized("quantization.activations.mode", "dynamic", "static"),
                quantized("quantization.activations.group", "null", "8"),
                quantized("quantization.activations.momentum", "0.5", "0.95", "quantization.activations.mode=static"),
                quantized("quantization.straightThrough", "plain", "clipped"),
                quantized("quantization.schedule.startStep", "0", "1"),
                quantized("quantization.schedule.startBits", "3", "4", "quantization.schedule.stepsPerBit=1"),
                quantized("quantization.schedule.stepsPerBit", "1", "2", "quantization.schedule.startBits=3"),
                quantized("quantization.schedule.stepsBetweenLayers", "0", "1"));
    }

    private static Case floats(String key, String one, String other, String... around) {
        return new Case(key, one, other, DECODER, around);
    }

    private static Case quantized(String key, String one, String other, String... around) {
        return new Case(
                key,
                one,
                other,
                DECODER,
                Stream.concat(Stream.of(QUANTIZED), Stream.of(around)).toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void twoValuesGiveTwoResults(Case tried) throws IOException {
        String one = result(tried, tried.one());
        String other = result(tried, tried.other());
        assertNotEquals(one, other);
    }

    /** Otherwise every key would seem to count. */
    @Test
    void theSameValuesGiveTheSameResult() throws IOException {
        for (Case tried : List.of(
                quantized("quantization.activations.mode", "static", "dynamic"),
                new Case("training.gradientCheckpointing", "false", "true", ENCODER))) {
            assertEquals(result(tried, tried.one()), found(tried, recipe(tried, tried.one())));
        }
    }

    @Test
    void everyKeyIsTried() {
        Set<String> keys = new TreeSet<>();
        addKeys("training", Training.class, keys);
        addKeys("loss", Loss.class, keys);
        addKeys("quantization", Quantization.class, keys);
        Set<String> tried = new TreeSet<>();
        cases().forEach(one -> tried.add(one.key()));
        assertEquals(keys, tried);
    }

    /** Keys with a value, and those that may be null; keys of a mapping by their path. */
    private static void addKeys(String path, Class<?> type, Set<String> keys) {
        for (RecordComponent component : type.getRecordComponents()) {
            String key = path + "." + component.getName();
            boolean optional = component.getType() == Optional.class;
            Type value = optional
                    ? ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]
                    : component.getType();
            boolean mapping = value instanceof Class<?> record && record.isRecord();
            if (mapping) {
                addKeys(key, (Class<?>) value, keys);
            }
            if (optional || !mapping) {
                keys.add(key);
            }
        }
    }

    private Recipe recipe(Case tried, String value) {
        return new RecipeLoader()
                .withoutPathChecks()
                .withOverrides(Stream.concat(Stream.of(tried.around()), Stream.of(tried.key() + "=" + value))
                        .map(override -> "stages.s." + override)
                        .toList())
                .parse(RECIPE, "r.yaml", Path.of("").toAbsolutePath())
                .recipe();
    }

    /** What is found of a value; most cases have one value in common, which is tried once. */
    private String result(Case tried, String value) throws IOException {
        Recipe recipe = recipe(tried, value);
        List<Object> what = List.of(recipe, tried.model());
        String known = RESULTS.get(what);
        if (known == null) {
            known = found(tried, recipe);
            RESULTS.put(what, known);
        }
        return known;
    }

    /** All that a stage leaves but times: weights, figures, checkpoints; or the line that refuses it. */
    private String found(Case tried, Recipe recipe) throws IOException {
        Path runFolder = Files.createTempDirectory(folder, "run");
        StageNode node = StageNode.plan(recipe).getFirst();
        StageOutcome outcome;
        try (EffortMeter effort = new EffortMeter(EnergyProbe.ofThisMachine(OptionalDouble.of(1)))) {
            outcome = new DistillStage(context(recipe, runFolder), model(tried.model(), 1))
                    .run((Distill) node.stage(), node, model(tried.model(), 2), "fingerprint", effort);
        } catch (BantamException refused) {
            if (!refused.getMessage().startsWith(tried.key() + ":")) {
                throw refused;
            }
            return refused.getMessage();
        }
        Path home = runFolder.resolve(node.folder());
        List<String> steps = Files.readAllLines(home.resolve("metrics.jsonl")).stream()
                .map(line -> line.replaceAll("\"(seconds|tokensPerSecond)\":[^,}]*", ""))
                .toList();
        try (Stream<Path> files = Files.list(home.resolve("checkpoints"))) {
            List<String> checkpoints =
                    files.map(file -> file.getFileName().toString()).sorted().toList();
            return Fingerprints.ofModel(outcome.model()) + outcome.metrics() + steps + checkpoints;
        }
    }

    private static ModelState model(ModelConfig config, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> weights = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
            boolean norm = name.contains("ln_") && name.endsWith(".weight");
            for (int i = 0; i < values.length; i++) {
                // Some are beyond 1, where the clipped gradient is 0.
                values[i] = (float) ((norm ? 1 : 0) + 0.5 * random.nextGaussian());
            }
            weights.put(name, values);
        });
        return ModelState.teacher(config, weights);
    }

    private static RunContext context(Recipe recipe, Path runFolder) {
        RunData data = new RunData(
                (start, rows) -> new Texts(rows),
                (count, seed) -> List.of(),
                List.of(text(1000), text(1001)),
                List.of(),
                List.of(),
                "",
                "",
                new int[0],
                List.of(),
                Optional.empty());
        return new RunContext(
                recipe,
                new RunHome(runFolder, false),
                new Compute(operations, parallel, manager),
                data,
                null,
                null,
                null,
                ProgressListener.NONE);
    }

    /** Rows of a token more than the model reads; the first one is the label where an encoder reads them. */
    private static int[] text(long number) {
        Random random = new Random(number);
        int[] ids = new int[TOKENS + 1];
        for (int t = 1; t < ids.length; t++) {
            ids[t] = random.nextInt(3) > 0 ? (ids[t - 1] * 7 + 3) % 59 : random.nextInt(20);
        }
        return ids;
    }

    private static final class Texts implements BatchSource {
        private final int rows;
        private long position;

        Texts(int rows) {
            this.rows = rows;
        }

        @Override
        public int[] next() {
            List<int[]> batch = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
                batch.add(text(position * rows + row));
            }
            position++;
            return RunData.joined(batch);
        }

        @Override
        public void seek(long to) {
            position = to;
        }
    }
}
