package io.bantam.trainer.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.ScalarKernels;
import io.bantam.runtime.model.ExactDecoder;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.ReferenceDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family, imported from a folder, trained and run, against plain loops over the folder's own tensors. */
class FamiliesTest {
    static final List<String> ALL = TinyFamilies.ALL;

    private static final int[] IDS = new Random(5).ints(21, 0, 29).toArray();

    private static NDManager manager;
    private static Operations operations;

    @TempDir
    Path folder;

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

    private Checkpoint checkpoint(String config, Map<String, float[]> tensors) throws IOException {
        TinyFamilies.write(folder, config, tensors);
        return CheckpointReader.read(folder);
    }

    private static Map<String, float[]> weights(Checkpoint checkpoint) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        checkpoint.tensors().forEach((name, tensor) -> weights.put(name, tensor.values()));
        return weights;
    }

    private static double[] expected(String config, Map<String, float[]> tensors) throws FormatException {
        double[][] logits = new ReferenceDecoder(Json.parseObject(config, "test"), tensors).logits(IDS);
        return Arrays.stream(logits).flatMapToDouble(Arrays::stream).toArray();
    }

    private static void assertNear(double[] expected, double[] actual, double tolerance) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], tolerance, "logit " + i);
        }
    }

    private static double[] wide(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void logitsAreThoseOfAFloat64Network(String family) throws IOException {
        String config = TinyFamilies.config(family, 29, 2);
        Map<String, float[]> tensors = TinyFamilies.tensors(config, 1);
        double[] expected = expected(config, tensors);
        Checkpoint checkpoint = checkpoint(config, tensors);
        DecoderConfig decoder = checkpoint.config().decoder();
        for (Precision precision : List.of(Precision.FLOAT32, Precision.FLOAT64)) {
            DecoderParameters parameters = DecoderParameters.of(manager, decoder, weights(checkpoint));
            try (Decoder model = new Decoder(operations, parameters, precision)) {
                assertNear(expected, wide(model.logits(IDS, 1, FakeQuantization.none())), 1e-4);
            }
        }
        Path file = folder.resolve("packed.bantam");
        PackedFile.write(file, decoder, ActivationQuantization.NONE, checkpoint.tensors(), null);
        PackedFile packed = PackedFile.read(file);
        assertEquals(decoder, packed.config());
        double[][] exact = ExactDecoder.of(packed).logits(IDS);
        assertNear(
                expected, Arrays.stream(exact).flatMapToDouble(Arrays::stream).toArray(), 1e-9);
        for (Kernels kernels : List.of(Kernels.best(), new ScalarKernels())) {
            try (PackedDecoder runs =
                    new PackedDecoder(decoder, ActivationQuantization.NONE, packed.tensors(), 2, kernels)) {
                double[] found = new double[expected.length];
                KvCache cache = runs.newCache();
                // A prompt, then token by token.
                runs.forwardAll(Arrays.copyOf(IDS, 17), cache, (t, logits) -> copy(logits, found, t));
                for (int t = 17; t < IDS.length; t++) {
                    copy(runs.forward(new int[] {IDS[t]}, cache), found, t);
                }
                assertNear(expected, found, 1e-4);
            }
        }
    }

    private static void copy(float[] logits, double[] to, int token) {
        for (int i = 0; i < logits.length; i++) {
            to[token * logits.length + i] = logits[i];
        }
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void aFolderIsWrittenAsItWasRead(String family) throws IOException {
        String config = TinyFamilies.config(family, 29, 2);
        Map<String, float[]> tensors = TinyFamilies.tensors(config, 2);
        Checkpoint checkpoint = checkpoint(config, tensors);
        Path file = folder.resolve("again.safetensors");
        CheckpointWriter.writeWeights(file, checkpoint);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertEquals(tensors.keySet(), reader.tensors().keySet());
            for (String name : tensors.keySet()) {
                assertArrayEquals(tensors.get(name), reader.readFloats(name), name);
            }
        }
        String written = Json.write(checkpoint.config().toJson());
        CheckpointConfig again = CheckpointConfig.parse(Json.parseObject(written, "again"), "again");
        assertEquals(checkpoint.config().decoder(), again.decoder());
    }

    /** The loss changes along its gradient by the gradient's squared length. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen2 untied", "starcoder2", "codegen", "incoder"})
    void gradientsAreThoseOfTheLoss(String family) throws IOException {
        String config = TinyFamilies.config(family, 29, 2);
        Checkpoint checkpoint = checkpoint(config, TinyFamilies.tensors(config, 3));
        DecoderConfig decoder = checkpoint.config().decoder();
        Map<String, float[]> weights = weights(checkpoint);
        List<List<float[]>> gradients = new ArrayList<>();
        try (DataParallel parallel = new DataParallel(1)) {
            for (boolean again : new boolean[] {false, true}) {
                try (NDManager scope = manager.newSubManager();
                        Decoder model = model(decoder, weights)) {
                    DistillationStep step = new DistillationStep(
                            model,
                            Optional.empty(),
                            Optional.empty(),
                            DistillationLoss.labelsOnly(),
                            new DistillationStep.Gradients(false, again),
                            parallel);
                    gradients.add(step.run(scope, List.of(IDS), 1, FakeQuantization.none()).gradients().stream()
                            .map(NDArray::toFloatArray)
                            .toList());
                }
            }
        }
        List<String> names = List.copyOf(decoder.shapes().keySet());
        assertEquals(names.size(), gradients.getFirst().size());
        double square = 0;
        for (int i = 0; i < names.size(); i++) {
            assertArrayEquals(gradients.get(0).get(i), gradients.get(1).get(i), 2e-5f, names.get(i));
            for (float value : gradients.getFirst().get(i)) {
                square += value * value;
            }
        }
        double step = 0.001 / Math.sqrt(square);
        double change = loss(decoder, moved(weights, names, gradients.getFirst(), step))
                - loss(decoder, moved(weights, names, gradients.getFirst(), -step));
        assertEquals(square, change / (2 * step), 0.01 * square);
    }

    private static Decoder model(DecoderConfig config, Map<String, float[]> weights) {
        return new Decoder(operations, DecoderParameters.of(manager, config, weights), Precision.FLOAT32);
    }

    private static double loss(DecoderConfig config, Map<String, float[]> weights) {
        try (Decoder model = model(config, weights)) {
            return model.evaluate(IDS, 1, FakeQuantization.none()).loss();
        }
    }

    private static Map<String, float[]> moved(
            Map<String, float[]> weights, List<String> names, List<float[]> gradients, double step) {
        Map<String, float[]> moved = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            float[] values = weights.get(names.get(i)).clone();
            for (int j = 0; j < values.length; j++) {
                values[j] += (float) (step * gradients.get(i)[j]);
            }
            moved.put(names.get(i), values);
        }
        return moved;
    }

    @Test
    void aWindowBoundsThePositions() throws IOException {
        assertEquals(24, read(TinyFamilies.config("mistral", 29, 2)).positions());
        assertEquals(32, read(TinyFamilies.config("qwen2", 29, 2)).positions(), "a window that is not used");
    }

    /** Within the positions of the first training the dynamic scaling is none. */
    @Test
    void dynamicScalingChangesNothingWithinThePositions() throws IOException {
        String plain = TinyFamilies.config("llama", 29, 2);
        String dynamic =
                plain.replace("\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.0}");
        assertEquals(read(plain), read(dynamic));
    }

    @Test
    void whatCannotBeComputedIsRefused() {
        assertRefused("llama", "\"rope_scaling\": null", "\"hidden_act\": \"relu\"", "only SiLU gates can be computed");
        assertRefused(
                "llama",
                "\"rope_scaling\": null",
                "\"rope_scaling\": {\"type\": \"longrope\"}",
                "rope_scaling: type is \"longrope\"; expected default, linear, dynamic, llama3 or yarn");
        assertRefused("llama", "\"hidden_size\": 32", "\"hidden\": 32", "hidden_size is missing");
        assertRefused("incoder", "\"gelu\"", "\"relu\"", "only GELU can be computed");
        assertRefused("starcoder2", "gelu_pytorch_tanh", "gelu", "only the tanh GELU can be computed");
        assertRefused(
                "llama",
                "\"model_type\": \"llama\"",
                "\"model_type\": \"opt\"",
                "model_type is \"opt\": Bantam knows the families gpt2, llama, mistral, qwen2, starcoder2, gptj,"
                        + " codegen, xglm, bert, roberta, bart, plbart, t5");
    }

    private static void assertRefused(String family, String from, String to, String message) {
        String config = TinyFamilies.config(family, 29, 2);
        assertTrue(config.contains(from), config);
        var problem = assertThrows(FormatException.class, () -> read(config.replace(from, to)));
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
    }

    private static DecoderConfig read(String config) throws IOException {
        return CheckpointConfig.parse(Json.parseObject(config, "config.json"), "config.json")
                .decoder();
    }

    @Test
    void aMissingProjectionIsNamedAsTheFileWouldCallIt() throws IOException {
        String config = TinyFamilies.config("qwen2", 29, 2);
        TinyFamilies.write(
                folder,
                config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"),
                TinyFamilies.tensors(config, 4));
        java.nio.file.Files.writeString(folder.resolve("config.json"), config);
        var problem = assertThrows(FormatException.class, () -> CheckpointReader.read(folder));
        assertTrue(
                problem.getMessage().contains("12 missing: layers.1.input_layernorm.weight [32]"),
                problem.getMessage());
    }
}
