package io.bantam.trainer.stage.ptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.hub.TinyFamilies;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.stage.Compute;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.stage.RunHome;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Post-training quantization of models that are no GPT-2. */
class FamilyPtqTest {
    private static final int[] IDS = new Random(4).ints(2 * 11, 0, 40).toArray();

    private static NDManager manager;
    private static Operations operations;
    private static DataParallel parallel;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu());
        parallel = new DataParallel(1);
    }

    @AfterAll
    static void close() {
        parallel.close();
        operations.close();
        manager.close();
    }

    private ModelState model(String family) throws IOException {
        String config = TinyFamilies.config(family, 40, 2);
        TinyFamilies.write(folder.resolve("model"), config, TinyFamilies.tensors(config, 6));
        return ModelStateFiles.readFloat(folder.resolve("model"));
    }

    private ModelState quantized(ModelState model, String keys) throws IOException {
        String yaml = """
                version: 1
                name: test
                data: {source: {kind: bundled}}
                teacher: {kind: load, path: teacher}
                stages:
                  s: {kind: ptq, %s, calibration: {samples: 48}}
                variants: {teacher: [], v: [s]}
                """.formatted(keys);
        Ptq ptq = (Ptq) new RecipeLoader()
                .withoutPathChecks()
                .parse(yaml, "r.yaml", Path.of("."))
                .recipe()
                .stage("s");
        RunData data = new RunData(
                (start, rows) -> null,
                (count, seed) -> IntStream.range(0, count)
                        .mapToObj(i -> new Random(i).ints(17, 0, 40).toArray())
                        .toList(),
                List.of(),
                List.of(),
                List.of(),
                "",
                "",
                new int[0],
                List.of(),
                Optional.of(TextForm.PLAIN));
        RunContext context = new RunContext(
                null,
                new RunHome(folder, false),
                new Compute(operations, parallel, manager),
                data,
                null,
                null,
                null,
                ProgressListener.NONE);
        try (EffortMeter effort = new EffortMeter(EnergyProbe.ofThisMachine(OptionalDouble.of(1)))) {
            return new PtqStage(context, ptq, "20-s", "fingerprint", effort)
                    .run(model)
                    .model();
        }
    }

    private static float[] logits(ModelState model) {
        try (Decoder decoder = model.simulatedDecoder(operations, manager, Precision.FLOAT32)) {
            return decoder.logits(IDS, 2, FakeQuantization.none());
        }
    }

    private static double distance(ModelState model, float[] wanted) {
        float[] found = logits(model);
        double sum = 0;
        for (int i = 0; i < found.length; i++) {
            sum += (found[i] - wanted[i]) * (found[i] - wanted[i]);
        }
        return sum / found.length;
    }

    @ParameterizedTest
    @ValueSource(strings = {"mistral", "qwen2", "starcoder2", "codegen"})
    void aBlockInPartsComputesWhatTheModelDoes(String family) throws IOException {
        ModelState model = model(family);
        DecoderConfig config = model.decoder();
        int width = config.width();
        Map<String, float[]> expected = new HashMap<>();
        try (Decoder decoder = model.trainableDecoder(operations, manager, Precision.FLOAT32);
                NDManager scope = manager.newSubManager()) {
            decoder.observeInputs(
                    IDS, 2, FakeQuantization.none(), (name, input) -> expected.put(name, input.toFloatArray()));
            float[] embedded = new float[IDS.length * width];
            for (int i = 0; i < embedded.length; i++) {
                embedded[i] = model.weights().get("wte.weight")[IDS[i / width] * width + i % width];
            }
            NDArray stream = scope.create(embedded, new Shape(2, 11, width));
            for (int layer = 0; layer < 2; layer++) {
                try (DecoderBlock block =
                        new DecoderBlock(operations, scope, config, layer, model.weights(), Precision.FLOAT32)) {
                    NDArray before = stream;
                    for (DecoderBlock.Part part : DecoderBlock.Part.values()) {
                        DecoderBlock.Step step = block.run(scope, part, stream);
                        stream = step.stream();
                        if (part != DecoderBlock.Part.END) {
                            String name = DecoderConfig.linears(layer).get(part.ordinal());
                            assertArrayEquals(expected.get(name), step.input().toFloatArray(), 1e-5f, name);
                        }
                    }
                    DecoderBlock.Comparison same = block.compare(scope, before, stream);
                    assertEquals(0, same.error(), 1e-9);
                    assertEquals(block.names().size(), same.gradients().size());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mistral", "starcoder2", "gptj"})
    void methodsThatLookAtTextChooseEveryWeightsCodes(String family) throws IOException {
        ModelState model = model(family);
        float[] wanted = logits(model);
        String weights = "weights: {bits: 3, symmetric: false, granularity: {group: 16}}";
        double nearest = distance(quantized(model, weights), wanted);
        for (String method : List.of("gptq", "ada-round, adaRound: {steps: 100, learningRate: 0.03}")) {
            ModelState found = quantized(model, weights + ", method: " + method);
            assertEquals(8, found.codes().size());
            // Of random weights and words there is little to learn: not worse by much is what can be asked for.
            assertTrue(distance(found, wanted) < 1.5 * nearest, method);
        }
        String blocks = ", method: auto-round, autoRound: {steps: 10, batchSize: 4}";
        assertEquals(8, quantized(model, weights + blocks).codes().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mistral", "starcoder2"})
    void scalesAreFoldedSoThatTheFloatModelComputesTheSame(String family) throws IOException {
        ModelState model = model(family);
        float[] expected = logits(model);
        for (String method : List.of(
                "method: awq, weights: {bits: 4, granularity: {group: 16}}", "weights: {bits: 8}, smoothing: 0.5")) {
            ModelState folded = quantized(model, method);
            for (String changed : List.of("h.1.ln_1.weight", "h.1.attn.c_attn.weight", "h.0.attn.c_proj.weight")) {
                assertFalse(
                        Arrays.equals(
                                model.weights().get(changed), folded.weights().get(changed)),
                        changed);
            }
            assertArrayEquals(expected, logits(ModelState.teacher(model.config(), folded.weights())), 2e-3f, method);
        }
    }

    @Test
    void methodsThatDoNotApplyAreRefused() {
        for (String method : List.of("method: awq", "smoothing: 0.5", "activations: {groups: 4}")) {
            var problem = assertThrows(
                    BantamException.class, () -> quantized(model("codegen"), method + ", weights: {bits: 8}"));
            assertTrue(problem.getMessage().contains("of a codegen share one norm; "), problem.getMessage());
        }
        var problem = assertThrows(
                BantamException.class,
                () -> quantized(model("llama"), "method: gptq, weights: {bits: 4}, biasCorrection: true"));
        assertTrue(problem.getMessage().contains("which a llama does not have; leave it out"), problem.getMessage());
    }
}
