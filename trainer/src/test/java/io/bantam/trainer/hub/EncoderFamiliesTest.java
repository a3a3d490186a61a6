package io.bantam.trainer.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.EncoderStep;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.EncoderRows;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.ReferenceEncoder;
import java.io.IOException;
import java.nio.file.Files;
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

/** Every family with an encoder, imported from a folder and run, against plain loops over the folder's own tensors. */
class EncoderFamiliesTest {
    static final List<String> CLASSIFIERS = TinyEncoders.CLASSIFIERS;
    static final List<String> DECODERS = TinyEncoders.DECODERS;
    private static final int WORDS = 37;
    private static final int[] TEXT = new Random(5).ints(19, 5, WORDS).toArray();
    private static final int[] SHORT = new Random(6).ints(7, 5, WORDS).toArray();
    private static final int[] ANSWER = new Random(7).ints(13, 5, WORDS).toArray();
    private static final int[] BRIEF = new Random(8).ints(4, 5, WORDS).toArray();

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
        TinyEncoders.write(folder, config, tensors);
        return CheckpointReader.read(folder);
    }

    private static EncoderModel model(Checkpoint checkpoint, Precision precision) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        checkpoint.tensors().forEach((name, tensor) -> weights.put(name, tensor.toFloats()));
        return model((EncoderConfig) checkpoint.config().model(), weights, precision);
    }

    private static EncoderModel model(EncoderConfig config, Map<String, float[]> weights, Precision precision) {
        return new EncoderModel(operations, manager, config, weights, precision);
    }

    private static int[] joined(int[] one, int[] other) {
        int[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    /** Two rows, the second one filled up. */
    private static int[] rows(EncoderConfig config) {
        return config.classes() > 0
                ? joined(EncoderRows.labelled(1, TEXT, 24, config), EncoderRows.labelled(0, SHORT, 24, config))
                : joined(
                        EncoderRows.answered(TEXT, ANSWER, 24, 16, config),
                        EncoderRows.answered(SHORT, BRIEF, 24, 16, config));
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static void assertNear(double[] expected, float[] found, int from) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], found[from + i], 1e-4, "logit " + i);
        }
    }

    @ParameterizedTest
    @FieldSource("CLASSIFIERS")
    void labelsAreThoseOfAFloat64Network(String family) throws IOException {
        String json = TinyEncoders.config(family, WORDS, 2);
        Map<String, float[]> tensors = TinyEncoders.tensors(json, 1);
        ReferenceEncoder reference = new ReferenceEncoder(json, tensors);
        Checkpoint checkpoint = checkpoint(json, tensors);
        EncoderConfig config = (EncoderConfig) checkpoint.config().model();
        int[] pair = TEXT.clone();
        pair[8] = config.tokens().end(); // what follows is the second text of a pair
        int[] types = new int[TEXT.length];
        if (family.equals("bert")) {
            Arrays.fill(types, 9, types.length, 1);
        }
        int[] ids = joined(EncoderRows.labelled(1, pair, 24, config), EncoderRows.labelled(0, SHORT, 24, config));
        for (Precision precision : List.of(Precision.FLOAT32, Precision.FLOAT64)) {
            try (EncoderModel model = model(checkpoint, precision)) {
                float[] found = model.logits(ids, 2, FakeQuantization.none());
                assertEquals(2 * config.classes(), found.length);
                assertNear(reference.labels(pair, types), found, 0);
                assertNear(reference.labels(SHORT, new int[SHORT.length]), found, config.classes());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("DECODERS")
    void wordsAreThoseOfAFloat64Network(String family) throws IOException {
        String json = TinyEncoders.config(family, WORDS, 2);
        Map<String, float[]> tensors = TinyEncoders.tensors(json, 2);
        ReferenceEncoder reference = new ReferenceEncoder(json, tensors);
        Checkpoint checkpoint = checkpoint(json, tensors);
        EncoderConfig config = (EncoderConfig) checkpoint.config().model();
        for (Precision precision : List.of(Precision.FLOAT32, Precision.FLOAT64)) {
            try (EncoderModel model = model(checkpoint, precision)) {
                float[] found = model.logits(rows(config), 2, FakeQuantization.none());
                assertEquals(2 * ANSWER.length * WORDS, found.length);
                assertNear(flat(reference.words(TEXT, ANSWER)), found, 0);
                assertNear(flat(reference.words(SHORT, BRIEF)), found, ANSWER.length * WORDS);
            }
        }
    }

    /** What is written with kept keys and values is what the float64 network finds likeliest, word by word. */
    @ParameterizedTest
    @FieldSource("DECODERS")
    void writesTheLikeliestWords(String family) throws IOException {
        String json = TinyEncoders.config(family, WORDS, 2);
        Map<String, float[]> tensors = TinyEncoders.tensors(json, 3);
        ReferenceEncoder reference = new ReferenceEncoder(json, tensors);
        Checkpoint checkpoint = checkpoint(json, tensors);
        EncoderConfig config = (EncoderConfig) checkpoint.config().model();
        int[] texts = joined(TEXT, Arrays.copyOf(SHORT, TEXT.length));
        Arrays.fill(
                texts, TEXT.length + SHORT.length, texts.length, config.tokens().pad());
        List<int[]> answers;
        try (EncoderModel model = model(checkpoint, Precision.FLOAT32)) {
            answers = model.generate(texts, 2, 12, FakeQuantization.none());
        }
        List<int[]> inputs = List.of(TEXT, SHORT);
        for (int i = 0; i < 2; i++) {
            List<Integer> expected = new ArrayList<>();
            while (expected.size() < 12) {
                expected.add(0);
                int[] so = expected.stream().mapToInt(Integer::intValue).toArray();
                double[] last = reference.words(inputs.get(i), so)[so.length - 1];
                int best = 0;
                for (int v = 1; v < last.length; v++) {
                    best = last[v] > last[best] ? v : best;
                }
                expected.set(so.length - 1, best);
                if (best == config.tokens().end()) {
                    expected.removeLast();
                    break;
                }
            }
            assertArrayEquals(expected.stream().mapToInt(Integer::intValue).toArray(), answers.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "bart", "plbart", "t5", "t5 gated"})
    void aFolderIsWrittenAsItWasReadAndAPackedFileToo(String family) throws IOException {
        String json = TinyEncoders.config(family, WORDS, 2);
        Map<String, float[]> tensors = TinyEncoders.tensors(json, 4);
        Checkpoint checkpoint = checkpoint(json, tensors);
        Path file = folder.resolve("again.safetensors");
        CheckpointWriter.writeWeights(file, checkpoint);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertEquals(tensors.keySet(), reader.tensors().keySet());
            for (String name : tensors.keySet()) {
                assertArrayEquals(tensors.get(name), reader.readFloats(name), name);
            }
        }
        String written = Json.write(checkpoint.config().toJson());
        assertEquals(
                checkpoint.config().model(),
                CheckpointConfig.parse(Json.parseObject(written, "again"), "again")
                        .model());
        Path packed = folder.resolve("packed.bantam");
        PackedFile.write(packed, checkpoint.config().model(), ActivationQuantization.NONE, checkpoint.tensors(), null);
        PackedFile again = PackedFile.readAny(packed);
        assertEquals(checkpoint.config().model(), again.model());
        for (String name : checkpoint.tensors().keySet()) {
            assertArrayEquals(
                    checkpoint.tensors().get(name).toFloats(),
                    ((FloatTensor) again.tensors().get(name)).toFloats(),
                    name);
        }
        FormatException refused = assertThrows(FormatException.class, () -> PackedFile.read(packed));
        assertTrue(refused.getMessage().contains("only decoders run packed"), refused.getMessage());
    }

    /** The loss changes along its gradient by the gradient's squared length, every term of it. */
    @ParameterizedTest
    @ValueSource(strings = {"bert", "plbart", "t5 gated"})
    void gradientsAreThoseOfTheLoss(String family) throws IOException {
        String json = TinyEncoders.config(family, WORDS, 2);
        Checkpoint checkpoint = checkpoint(json, TinyEncoders.tensors(json, 5));
        Checkpoint other = checkpoint(json, TinyEncoders.tensors(json, 6));
        EncoderConfig config = (EncoderConfig) checkpoint.config().model();
        Map<Integer, Integer> states = Map.of(0, 0, 1, 2, 2, 1);
        Map<Integer, Integer> blocks = Map.of(0, 1, 1, 0);
        DistillationLoss loss = new DistillationLoss(0.7, 3, 0.5, 1.5, 0.2, 0.1, states, blocks);
        boolean decoder = config.decoderLayers() > 0;
        Map<String, float[]> weights = new LinkedHashMap<>();
        checkpoint.tensors().forEach((name, tensor) -> weights.put(name, tensor.toFloats()));
        List<String> names = List.copyOf(config.shapes().keySet());
        try (EncoderModel teacher = model(other, Precision.FLOAT32)) {
            class Measured {
                List<float[]> gradients;

                double at(Map<String, float[]> values) {
                    try (NDManager scope = manager.newSubManager();
                            EncoderModel student = model(config, values, Precision.FLOAT32)) {
                        var result = new EncoderStep(
                                        student,
                                        Optional.of(teacher),
                                        loss,
                                        decoder ? states : Map.of(),
                                        decoder ? blocks : Map.of(),
                                        false)
                                .run(scope, List.of(rows(config)), 2, FakeQuantization.none());
                        gradients = result.gradients().stream()
                                .map(NDArray::toFloatArray)
                                .toList();
                        return result.losses().total();
                    }
                }
            }
            Measured measured = new Measured();
            measured.at(weights);
            List<float[]> gradients = measured.gradients;
            assertEquals(names.size(), gradients.size());
            double square = 0;
            for (float[] one : gradients) {
                for (float value : one) {
                    square += value * value;
                }
            }
            double step = 0.005 / Math.sqrt(square);
            double change = measured.at(moved(weights, names, gradients, step))
                    - measured.at(moved(weights, names, gradients, -step));
            assertEquals(square, change / (2 * step), 0.02 * square);
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
    void filesMayHoldTheEmbeddingTwiceAndHalvesInShards() throws IOException {
        String json = TinyEncoders.config("t5", WORDS, 1);
        Map<String, float[]> tensors = TinyEncoders.tensors(json, 7);
        Files.writeString(folder.resolve("config.json"), json);
        var shapes = TinyEncoders.shapes(Json.parseObject(json, "test"));
        List<SafetensorsWriter> shards = List.of(new SafetensorsWriter(), new SafetensorsWriter());
        StringBuilder index = new StringBuilder();
        int at = 0;
        for (String name : shapes.keySet()) {
            int shard = at++ % 2;
            long[] shape =
                    shapes.get(name).stream().mapToLong(Integer::longValue).toArray();
            shards.get(shard).addFloats(name, DType.F16, () -> tensors.get(name), shape);
            index.append(index.isEmpty() ? "" : ", ").append("\"" + name + "\": \"part-" + shard + ".safetensors\"");
        }
        shards.get(1)
                .addFloats("encoder.embed_tokens.weight", DType.F16, () -> tensors.get("shared.weight"), WORDS, 32L);
        index.append(", \"encoder.embed_tokens.weight\": \"part-1.safetensors\"");
        for (int i = 0; i < 2; i++) {
            shards.get(i).write(folder.resolve("part-" + i + ".safetensors"));
        }
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"metadata\": {}, \"weight_map\": {" + index + "}}");
        Checkpoint read = CheckpointReader.read(folder);
        float[] words = read.tensors().get("wte.weight").toFloats();
        for (int i = 0; i < words.length; i++) {
            assertEquals(Float.float16ToFloat(Float.floatToFloat16(tensors.get("shared.weight")[i])), words[i]);
        }
    }

    @Test
    void aModelThatWasTrainedForNoTaskGetsAClassifier() throws IOException {
        String json = TinyEncoders.config("bert", WORDS, 1).replace("\"cls_token_id\": 2, \"sep_token_id\": 3, ", "");
        Map<String, float[]> tensors = TinyEncoders.tensors(json, 8);
        tensors.keySet().removeIf(name -> name.startsWith("classifier"));
        TinyEncoders.write(folder, json, tensors);
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[MASK]\n[SEP]\n[CLS]\n");
        FormatException missing = assertThrows(FormatException.class, () -> CheckpointReader.read(folder));
        assertTrue(
                missing.getMessage().contains("2 missing: classifier.weight [3, 32], classifier.bias [3]"),
                missing.getMessage());
        Checkpoint read = CheckpointReader.read(folder, new TaskHead(5, 9));
        EncoderConfig config = (EncoderConfig) read.config().model();
        assertEquals(5, config.classes());
        assertEquals(new EncoderConfig.Tokens(4, 3, 0, -1), config.tokens());
        assertEquals(List.of(5, 32), read.tensors().get("classifier.weight").shape());
        assertArrayEquals(
                read.tensors().get("classifier.weight").toFloats(),
                CheckpointReader.read(folder, new TaskHead(5, 9))
                        .tensors()
                        .get("classifier.weight")
                        .toFloats());
    }

    @Test
    void whatCannotBeComputedIsRefused() {
        assertRefused("bert", "\"gelu\"", "\"swish\"", "hidden_act is \"swish\"; expected gelu, gelu_new or relu");
        assertRefused("bart", "\"decoder_ffn_dim\": 64", "\"decoder_ffn_dim\": 32", "decoder_ffn_dim is 32");
        assertRefused("t5", "\"relu\"", "\"gated-silu\"", "feed_forward_proj is \"gated-silu\"");
        assertRefused("t5", "num_buckets\": 8", "num_buckets\": 9", "expected buckets in fours");
        assertRefused("roberta", "position_embeddings\": 42", "position_embeddings\": 2", "leaves no positions");
    }

    private static void assertRefused(String family, String from, String to, String message) {
        String config = TinyEncoders.config(family, WORDS, 2);
        assertTrue(config.contains(from), config);
        var problem = assertThrows(
                FormatException.class,
                () -> CheckpointConfig.parse(Json.parseObject(config.replace(from, to), "config.json"), "config.json"));
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
    }
}
