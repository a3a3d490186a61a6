package io.bantam.trainer.stage.ptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.export.PackWriter;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.CrossEntropy;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TinyGpt2;
import io.bantam.trainer.recipe.Export;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.report.Diagnosis;
import io.bantam.trainer.stage.Compute;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.LazyTensors;
import io.bantam.trainer.stage.LazyWeights;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RecipeQuantizers;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.stage.RunHome;
import io.bantam.trainer.stage.StageOutcome;
import io.bantam.trainer.stage.export.PackedExport;
import io.bantam.trainer.tokenizer.BpeTrainer;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.tokenizer.TokenizerJson;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every method on a model of random weights, without a run around it. */
class PtqStageTest {
    private static final DecoderConfig CONFIG = TinyGpt2.config(60, 16, 32, 3, 2);
    private static final String GROUPS = "weights: {bits: 3, symmetric: false, granularity: {group: 16}}";

    private static NDManager manager;
    private static Operations operations;
    private static DataParallel parallel;
    private static CodeTokenizer tokenizer;

    @TempDir
    Path folder;

    private final List<String> messages = new ArrayList<>();

    private Export.Floats floats = Export.Floats.FLOAT32;

    @BeforeAll
    static void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu());
        parallel = new DataParallel(1);
        SpecialTokens special = SpecialTokens.py150();
        byte[] json = TokenizerJson.toJson(
                        new BpeTrainer(special, special.tokens().size() + 256).train(List.of("x = 1")))
                .getBytes(StandardCharsets.UTF_8);
        tokenizer = CodeTokenizer.of(json, "test");
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        parallel.close();
        operations.close();
        manager.close();
    }

    private static ModelState teacher() {
        return ModelState.teacher(CONFIG, TinyGpt2.weights(CONFIG, 5));
    }

    /** Tokens that follow each other as in a text: some are frequent, and pairs repeat. */
    private static List<int[]> text(int count, long seed) {
        Random random = new Random(seed);
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] ids = new int[17];
            for (int t = 1; t < ids.length; t++) {
                ids[t] = random.nextInt(3) > 0 ? (ids[t - 1] * 7 + 3) % 60 : random.nextInt(20);
            }
            sequences.add(ids);
        }
        return sequences;
    }

    private static Ptq ptq(String keys) {
        return (Ptq) recipe(keys, Export.Floats.FLOAT32).stage("s");
    }

    private static Recipe recipe(String keys, Export.Floats floats) {
        String yaml = """
                version: 1
                name: test
                data: {source: {kind: bundled}}
                teacher: {kind: load, path: teacher}
                stages:
                  s: {kind: ptq, %s}
                variants: {teacher: [], v: [s]}
                export: {floats: %s}
                """.formatted(keys, floats.name().toLowerCase(Locale.ROOT));
        return new RecipeLoader()
                .withoutPathChecks()
                .parse(yaml, "r.yaml", Path.of("."))
                .recipe();
    }

    private RunContext context(boolean resume) {
        RunData data = new RunData(
                (start, rows) -> null,
                (count, seed) -> text(count, seed.orElse(1)),
                text(4, 3),
                List.of(),
                List.of(),
                "",
                "",
                new int[0],
                List.of(),
                Optional.of(TextForm.PLAIN));
        ProgressListener listener = new ProgressListener() {
            @Override
            public void measured(long step, long total, Figures figures, String phase) {}

            @Override
            public void message(String line) {
                messages.add(line);
            }
        };
        return new RunContext(
                recipe("weights: {bits: 8}", floats),
                new RunHome(folder, resume),
                new Compute(operations, parallel, manager),
                data,
                tokenizer,
                null,
                null,
                listener);
    }

    private StageOutcome run(ModelState model, String keys, boolean resume) throws IOException {
        try (EffortMeter effort = new EffortMeter(EnergyProbe.ofThisMachine(OptionalDouble.of(1)))) {
            return new PtqStage(context(resume), ptq(keys), "20-s", "fingerprint", effort).run(model);
        }
    }

    /** Mean squared difference of the logits on other text. */
    private static double distance(ModelState model) {
        int[] ids = RunData.joined(text(6, 99).stream()
                .map(sequence -> Arrays.copyOf(sequence, 16))
                .toList());
        float[] wanted = logits(teacher(), ids);
        float[] found = logits(model, ids);
        double sum = 0;
        for (int i = 0; i < wanted.length; i++) {
            sum += Math.pow(wanted[i] - found[i], 2) / wanted.length;
        }
        return sum;
    }

    private static float[] logits(ModelState model, int[] ids) {
        try (Decoder decoder = model.simulatedDecoder(operations, manager, Precision.FLOAT32)) {
            return decoder.logits(ids, ids.length / 16, FakeQuantization.none());
        }
    }

    @Test
    void everyMethodBeatsTheNearestValues() throws IOException {
        double nearest = distance(run(teacher(), GROUPS, false).model());
        Map<String, Double> most = new LinkedHashMap<>();
        most.put("method: gptq", 0.8);
        most.put("method: gptq, gptq: {order: activations}, biasCorrection: true", 0.8);
        most.put("method: awq", 1.0);
        most.put("method: ada-round, adaRound: {steps: 200, learningRate: 0.03}", 0.85);
        most.put("method: auto-round, autoRound: {steps: 60, batchSize: 16}", 0.9);
        most.put("method: auto-round, autoRound: {steps: 60, batchSize: 16, precision: bfloat16}", 0.9);
        for (Map.Entry<String, Double> method : most.entrySet()) {
            double distance =
                    distance(run(teacher(), GROUPS + ", calibration: {samples: 64}, " + method.getKey(), false)
                            .model());
            assertTrue(distance < method.getValue() * nearest, method.getKey() + ": " + distance + " of " + nearest);
        }
    }

    @Test
    void codebooksBeatTheOtherMethodsAtTwoBits() throws IOException {
        String calibration = ", calibration: {samples: 64}";
        double autoRound = distance(run(
                        teacher(),
                        "method: auto-round, weights: {bits: 2, symmetric: false, granularity: {group: 16}},"
                                + " autoRound: {steps: 60, batchSize: 16}" + calibration,
                        false)
                .model());
        StageOutcome codebooks = run(
                teacher(),
                "method: aqlm, weights: {bits: 2}, aqlm: {codeBits: 4, steps: 60, batchSize: 16}" + calibration,
                false);
        double distance = distance(codebooks.model());
        assertTrue(distance < 0.9 * autoRound, distance + " of " + autoRound);
        for (int layer = 0; layer < 3; layer++) {
            double left = codebooks.metrics().get("errorLeft.h." + layer);
            assertTrue(left < 1, "block " + layer + ": " + left);
            assertTrue(codebooks.metrics().get("outputError.h." + layer + ".attn.c_attn.weight") < 0.3);
        }
        assertEquals(2, codebooks.model().codes().get("h.0.mlp.c_fc.weight").bits());
    }

    @Test
    void codebooksResumeAndLeaveWhatIsLeftOut() throws IOException {
        String keys = "method: aqlm, weights: {bits: 2, exclude: ['*.mlp.*']}, aqlm: {codeBits: 4, steps: 10, beam: 1}";
        Map<String, QuantizedWeight> whole = run(teacher(), keys, false).model().codes();
        assertEquals(6, whole.size());
        Files.delete(folder.resolve("20-s/blocks/block-2.safetensors"));
        ModelState resumed = run(teacher(), keys, true).model();
        for (String name : whole.keySet()) {
            if (!name.startsWith("h.2.")) {
                assertEquals(whole.get(name), resumed.codes().get(name), name);
            }
        }
        assertArrayEquals(
                teacher().weights().get("h.2.mlp.c_fc.weight"),
                resumed.quantizedWeights().get("h.2.mlp.c_fc.weight"));
    }

    @Test
    void theRecordTellsTheErrorOfEveryWeightsOutput() throws IOException {
        Map<String, Double> metrics =
                run(teacher(), "method: gptq, " + GROUPS, false).metrics();
        assertEquals(
                12,
                metrics.keySet().stream()
                        .filter(name -> name.startsWith("outputError."))
                        .count());
        double error = metrics.get("outputError.h.2.mlp.c_proj.weight");
        assertTrue(error > 0 && error < 0.2, "error " + error);
        metrics = run(teacher(), "method: auto-round, weights: {bits: 2}, autoRound: {steps: 30}", false)
                .metrics();
        for (int layer = 0; layer < 3; layer++) {
            double left = metrics.get("errorLeft.h." + layer);
            assertTrue(left < 1, "block " + layer + ": " + left);
        }
    }

    @Test
    void scalesAreFoldedSoThatTheFloatModelComputesTheSame() throws IOException {
        int[] ids = text(1, 7).getFirst();
        ids = Arrays.copyOf(ids, 16);
        float[] expected = logits(teacher(), ids);
        for (String method : List.of(
                "method: awq, " + GROUPS,
                "weights: {bits: 8}, smoothing: 0.5",
                "weights: {bits: 8}, activations: {groups: 4}")) {
            ModelState model = run(teacher(), method, false).model();
            for (String changed : List.of("h.1.ln_1.weight", "h.1.ln_2.bias", "h.1.attn.c_attn.bias")) {
                assertFalse(
                        Arrays.equals(
                                teacher().weights().get(changed),
                                model.weights().get(changed)),
                        changed);
            }
            ModelState floats = ModelState.teacher(CONFIG, model.weights());
            assertArrayEquals(expected, logits(floats, ids), 1e-3f, method);
        }
    }

    @Test
    void whatIsLeftOutStaysFloat() throws IOException {
        ModelState model = run(
                        teacher(),
                        "method: gptq, weights: {bits: 4, exclude: ['*.mlp.*', 'h.0.*']}, embedding: {}",
                        false)
                .model();
        assertEquals(4, model.codes().size());
        assertEquals(5, model.quantization().quantizers().size());
        assertArrayEquals(
                teacher().weights().get("h.2.mlp.c_fc.weight"),
                model.quantizedWeights().get("h.2.mlp.c_fc.weight"));
    }

    @Test
    void chosenCodesArePackedAtTheirWidth() throws IOException {
        ModelState model = run(teacher(), "method: gptq, " + GROUPS, false).model();
        QuantizedMatrix chosen = (QuantizedMatrix) model.quantizedMatrices().get("h.1.mlp.c_fc.weight");
        PackedTensor packed = PackWriter.pack(chosen);
        // Two tiles for 96 rows of 32 columns at 3 bits, a float32 scale and zero for each 16 columns.
        assertEquals(128 * 32 * 3 / 8 + 96 * 2 * 8, packed.packedBytes());
        assertArrayEquals(model.quantizedWeights().get("h.1.mlp.c_fc.weight"), packed.toFloats());
    }

    /** A model that is read tensor by tensor, and counts what it gives. */
    private static ModelState lazyTeacher(Map<String, Integer> reads, boolean large) {
        Map<String, float[]> weights = teacher().weights();
        LazyTensors.Maker<float[]> counted = name -> {
            reads.merge(name, 1, Integer::sum);
            return weights.get(name).clone();
        };
        LazyWeights.PartMaker rowByRow = (name, consumer) -> {
            float[] values = counted.make(name);
            int columns = CONFIG.shapes().get(name).getLast();
            for (int from = 0; from < values.length; from += columns) {
                consumer.accept(from, Arrays.copyOfRange(values, from, from + columns));
            }
        };
        return ModelState.teacher(CONFIG, new LazyWeights(CONFIG.shapes().keySet(), large, counted, rowByRow));
    }

    @Test
    void aModelLargerThanMemoryIsQuantizedAlike() throws IOException {
        for (String method : List.of(
                "method: round-to-nearest",
                "method: gptq, smoothing: 0.3, biasCorrection: true",
                "method: auto-round, autoRound: {steps: 4}")) {
            String keys = GROUPS + ", embedding: {bits: 8}, " + method;
            ModelState whole = run(teacher(), keys, false).model();
            Map<String, Integer> reads = new TreeMap<>();
            ModelState lazy = run(lazyTeacher(reads, true), keys, false).model();
            assertTrue(lazy.isLarge(), method);
            if (method.contains("auto-round")) {
                continue; // its steps are not the same twice
            }
            Map<String, QuantizedWeight> found = lazy.quantizedMatrices();
            whole.quantizedMatrices().forEach((name, weight) -> assertEquals(weight, found.get(name), method + name));
            for (String name : CONFIG.shapes().keySet()) {
                assertArrayEquals(whole.weights().get(name), lazy.weights().get(name), method + name);
            }
            Path file = folder.resolve("lazy.bantam");
            PackedExport.Proof proof = new PackedExport(operations, manager)
                    .write(file, lazy.exported(Export.Floats.FLOAT16), tokenizer, List.of(), Optional.empty());
            assertEquals(Files.size(file), proof.bytes());
            assertTrue(proof.summary().contains("to the bit"), proof.summary());
            Map<String, float[]> exported =
                    whole.exported(Export.Floats.FLOAT16).quantizedWeights();
            PackedFile.read(file)
                    .tensors()
                    .forEach((name, tensor) -> assertArrayEquals(exported.get(name), tensor.toFloats(), name));
        }
    }

    @Test
    void aModelWhoseWeightsStayInTheirFilesIsQuantizedAndProvedAlike() throws IOException {
        for (String method :
                List.of("method: round-to-nearest", "method: gptq, smoothing: 0.3, biasCorrection: true")) {
            String keys = GROUPS + ", embedding: {bits: 8}, " + method;
            ModelState whole = run(teacher(), keys, false).model();
            ModelState lazy =
                    run(lazyTeacher(new TreeMap<>(), false), keys, false).model();
            assertTrue(lazy.isLazy() && !lazy.isLarge(), method);
            assertTrue(lazy.codes().isEmpty() || lazy.codes() instanceof LazyTensors, "codes are in memory: " + method);
            assertEquals(whole.codes().keySet(), lazy.codes().keySet(), method);
            assertEquals(whole.quantizedMatrices(), lazy.quantizedMatrices(), method);
            assertEquals(QuantizationDiagnosis.noise(whole), QuantizationDiagnosis.noise(lazy), method);
            try (Decoder one = whole.simulatedDecoder(operations, manager, Precision.FLOAT32);
                    Decoder other = lazy.simulatedDecoder(operations, manager, Precision.FLOAT32)) {
                one.parameters()
                        .toFloats()
                        .forEach((name, values) -> assertArrayEquals(
                                values, other.parameters().get(name).toFloatArray(), method + name));
            }
            for (Export.Floats floats : Export.Floats.values()) {
                ModelState exported = lazy.exported(floats);
                assertTrue(exported.isLazy() && !exported.isLarge(), method);
                Map<String, float[]> wanted = whole.exported(floats).quantizedWeights();
                Map<String, float[]> found = exported.quantizedWeights();
                wanted.forEach((name, values) -> assertArrayEquals(values, found.get(name), method + name));
            }
        }
    }

    @Test
    void aKilledStageGoesOnAfterItsLastFinishedBlock() throws IOException {
        for (String method : List.of("method: gptq, smoothing: 0.3", "method: auto-round, autoRound: {steps: 20}")) {
            String keys = GROUPS + ", " + method;
            StageOutcome uninterrupted = run(teacher(), keys, false);
            Map<String, QuantizedWeight> whole = uninterrupted.model().codes();
            Path blocks = folder.resolve("20-s/blocks");
            Files.delete(blocks.resolve("block-2.safetensors"));
            FileTime first = Files.getLastModifiedTime(blocks.resolve("block-0.safetensors"));
            StageOutcome goneOn = run(teacher(), keys, true);
            ModelState resumed = goneOn.model();
            assertEquals(uninterrupted.metrics().keySet(), goneOn.metrics().keySet());
            uninterrupted.metrics().forEach((name, value) -> {
                if (!name.contains("h.2")) {
                    assertEquals(value, goneOn.metrics().get(name), name);
                }
            });
            assertEquals(first, Files.getLastModifiedTime(blocks.resolve("block-0.safetensors")));
            if (method.contains("gptq")) {
                assertEquals(whole, resumed.codes());
            }
            for (String name : whole.keySet()) {
                if (!name.startsWith("h.2.")) {
                    assertEquals(whole.get(name), resumed.codes().get(name), name);
                }
            }
            try (var left = Files.list(folder.resolve("20-s"))) {
                assertEquals(List.of(blocks), left.toList());
            }
        }
    }

    @Test
    void aBlockOfOtherSettingsIsNotTakenOver() throws IOException {
        run(teacher(), "method: gptq, " + GROUPS, false);
        try (EffortMeter effort = new EffortMeter(EnergyProbe.ofThisMachine(OptionalDouble.of(1)))) {
            Map<String, QuantizedWeight> codes = new PtqStage(
                            context(true), ptq("method: gptq, weights: {bits: 4}"), "20-s", "another", effort)
                    .run(teacher())
                    .model()
                    .codes();
            assertEquals(4, codes.get("h.0.attn.c_attn.weight").bits());
        }
    }

    @Test
    void widthsFollowTheOverridesAndTheBudget() throws IOException {
        String keys = "weights: {bits: 3, granularity: {group: 16}, overrides: [{include: [h.0.attn.*], bits: 8}],"
                + " budget: {averageBits: 4, widths: [2, 4, 8]}}, calibration: {samples: 16}";
        for (String method : List.of("", "method: gptq, ")) {
            ModelState model = run(teacher(), method + keys, false).model();
            long bits = 0;
            long weights = 0;
            for (Map.Entry<String, QuantizedWeight> entry :
                    model.quantizedMatrices().entrySet()) {
                bits += (long) entry.getValue().bits()
                        * entry.getValue().rows()
                        * entry.getValue().columns();
                weights += entry.getValue().rows() * entry.getValue().columns();
                assertEquals(
                        entry.getValue().bits(),
                        model.quantization().of(entry.getKey()).orElseThrow().bits());
            }
            assertTrue(bits <= 4 * weights && bits > 3.5 * weights, bits + " bits for " + weights);
            assertEquals(8, model.codes().get("h.0.attn.c_proj.weight").bits());
            String widths = model.quantizedMatrices().values().stream()
                    .collect(Collectors.groupingBy(QuantizedWeight::bits, TreeMap::new, Collectors.counting()))
                    .entrySet()
                    .stream()
                    .map(width -> width.getKey() + " bits for " + width.getValue() + " weights")
                    .collect(Collectors.joining(", "));
            assertTrue(messages.contains("20-s: chose " + widths), messages + " without " + widths);
            assertEquals(
                    model.quantization(),
                    RecipeQuantizers.asChosen(RecipeQuantizers.of(ptq(method + keys), CONFIG), model.codes()));
        }
    }

    @Test
    void thePackedFileObeysABudgetOfBytes() throws IOException {
        String rest = ", embedding: {}, activations: {mode: static}, calibration: {samples: 8}";
        String groups = "weights: {bits: 4, symmetric: false, granularity: {group: 16}, budget: {bytes: %d}}";
        String rows = "weights: {bits: 4, budget: {bytes: %d}}";
        for (Export.Floats stored : Export.Floats.values()) {
            floats = stored;
            long least = packedBytes(
                    run(teacher(), "weights: {bits: 2}" + rest, false).model());
            long most = packedBytes(
                    run(teacher(), "weights: {bits: 8}" + rest, false).model());
            for (String keys : List.of(
                    rows,
                    "method: gptq, " + groups,
                    "method: aqlm, aqlm: {codeBits: 4, vector: 4, steps: 2, rounds: 0, beam: 1, batchSize: 4}, "
                            + rows)) {
                long budget = keys.equals(rows) ? (least + most) / 2 : most;
                messages.clear();
                ModelState model =
                        run(teacher(), keys.formatted(budget) + rest, false).model();
                long bytes = packedBytes(model);
                // Half of the scales' bytes may be left over where they become float16.
                long enough = stored == Export.Floats.FLOAT32 ? budget - 2500 : budget * 4 / 5;
                assertTrue(bytes <= budget && bytes > enough, stored + " " + keys + ": " + bytes + " of " + budget);
                assertTrue(
                        messages.stream().anyMatch(line -> line.endsWith(" of %,d bytes".formatted(budget))),
                        messages.toString());
            }
        }
    }

    private long packedBytes(ModelState student) throws IOException {
        ModelState model = student.exported(floats);
        Path file = folder.resolve("model.bantam");
        PackWriter.writeQuantized(
                file,
                model.config(),
                model.weights(),
                model.quantizedMatrices(),
                model.activations(),
                tokenizer.json(),
                Optional.empty());
        return Files.size(file);
    }

    @Test
    void aBudgetThatNoWidthKeepsIsRefused() {
        String bytes = assertThrows(
                        BantamException.class,
                        () -> run(teacher(), "weights: {bits: 4, budget: {bytes: 16000}}", false))
                .getMessage();
        assertTrue(
                bytes.matches(
                        "20-s: weights.budget: with the smallest widths the packed file has [0-9,]+ bytes, more than"
                                + " bytes: 16,000; give more, smaller widths, or fewer bits to the embedding"),
                bytes);
        String bits = assertThrows(
                        BantamException.class,
                        () -> run(
                                teacher(),
                                "weights: {bits: 4, overrides: [{include: ['*'], bits: 8}], budget: {averageBits: 7}}",
                                false))
                .getMessage();
        assertEquals(
                "20-s: weights.budget.averageBits: the smallest widths have 8.00 bits a weight, overrides included;"
                        + " give more, or smaller widths",
                bits);
    }

    @Test
    void anEmbeddingIsQuantizedBehindTraining() throws IOException {
        WeightQuantization binary = WeightQuantization.none()
                .with(
                        WeightQuantization.select(CONFIG.shapes().keySet(), WeightQuantization.GPT2_LINEARS, List.of()),
                        new BinaryQuantizer(Granularity.perRow()))
                .with(List.of("wte.weight"), new SymmetricQuantizer(8, Granularity.perRow()));
        ModelState trained = teacher().quantized(binary, ActivationQuantization.dynamic(8, true));
        ModelState after = run(trained, "weights: {bits: 1}, embedding: {bits: 4}, activations: {bits: 8}", false)
                .model();
        trained.quantizedMatrices().forEach((name, codes) -> {
            QuantizedWeight found = after.quantizedMatrices().get(name);
            if (name.startsWith("h.")) {
                assertEquals(codes, found, name);
            } else {
                assertEquals(4, found.bits());
            }
        });
        assertEquals(trained.activations(), after.activations());
    }

    @Test
    void theBudgetSpendsBitsWhereTheyMatter() throws IOException {
        double same = distance(run(teacher(), "weights: {bits: 4, granularity: {group: 16}}", false)
                .model());
        double chosen = distance(run(
                        teacher(),
                        "weights: {bits: 4, granularity: {group: 16}, budget: {averageBits: 4, widths: [3, 5, 6]}},"
                                + " calibration: {samples: 64}",
                        false)
                .model());
        assertTrue(chosen < same, chosen + " of " + same);
    }

    @Test
    void aFeatureThatIsAlwaysZeroIsLoggedAndRounded() throws IOException {
        Map<String, float[]> weights = new LinkedHashMap<>(TinyGpt2.weights(CONFIG, 5));
        weights.get("h.0.ln_1.weight")[4] = 0;
        weights.get("h.0.ln_1.bias")[4] = 0;
        run(ModelState.teacher(CONFIG, weights), "method: gptq, weights: {bits: 4}", false);
        assertEquals(
                "20-s: h.0.attn.c_attn.weight: 1 of 32 inputs were always 0; their columns are rounded to the"
                        + " nearest value",
                messages.getFirst());
    }

    @Test
    void aBrokenModelIsNamedByItsLayer() {
        Map<String, float[]> weights = new LinkedHashMap<>(TinyGpt2.weights(CONFIG, 5));
        weights.get("h.1.ln_2.bias")[0] = Float.NaN;
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> run(ModelState.teacher(CONFIG, weights), "method: gptq, weights: {bits: 4}", false))
                .getMessage();
        assertTrue(message.startsWith("input of h.1.mlp.c_fc.weight: an input is NaN or infinite"), message);
    }

    @Test
    void calibrationDependsOnSeedAndKind() throws IOException {
        String keys = "method: gptq, " + GROUPS + ", calibration: {samples: 8, ";
        Map<String, QuantizedWeight> one =
                run(teacher(), keys + "seed: 1}", false).model().codes();
        assertEquals(one, run(teacher(), keys + "seed: 1}", false).model().codes());
        assertFalse(one.equals(run(teacher(), keys + "seed: 2}", false).model().codes()));
        assertFalse(one.equals(
                run(teacher(), keys + "seed: 1, kind: random}", false).model().codes()));
    }

    @Test
    void staticRangesAreThoseOfTheQuantizedModel() throws IOException {
        ActivationQuantization inputs = run(
                        teacher(), "weights: {bits: 8}, activations: {mode: static}, calibration: {samples: 8}", false)
                .model()
                .activations();
        assertEquals(12, inputs.ranges().size());
        assertTrue(inputs.enabled());
        double widest = inputs.ranges().get("h.1.mlp.c_proj").maximum();
        for (String range : List.of(
                "running-min-max", "percentile, percentile: 99", "mse", "mse-2d", "golden-section", "entropy")) {
            double end = run(
                            teacher(),
                            "weights: {bits: 8}, activations: {bits: 4, mode: static, range: " + range
                                    + "}, calibration: {samples: 8}",
                            false)
                    .model()
                    .activations()
                    .ranges()
                    .get("h.1.mlp.c_proj")
                    .maximum();
            assertTrue(end > 0.1 * widest && end < widest, range + ": " + end + " of " + widest);
        }
        ActivationQuantization sixteen = run(
                        teacher(), "weights: {bits: 8}, activations: {bits: 16, mode: static}", false)
                .model()
                .activations();
        assertEquals(16, sixteen.bits());
        assertFalse(sixteen.enabled());
    }

    @Test
    void sumsOfTheResidualStreamKeepMoreBits() throws IOException {
        Map<String, Double> errors = new LinkedHashMap<>();
        for (String mode : List.of("static", "dynamic")) {
            for (String sums : List.of("", "{include: ['*.sum'], bits: 16}", "{include: ['*.sum'], bits: 4}")) {
                String keys = "weights: {bits: 8}, activations: {mode: %s, overrides: [%s]}, calibration: {samples: 8}"
                        .formatted(mode, sums);
                ModelState model = run(teacher(), keys, false).model();
                errors.put(sums, runningDistance(model));
                ActivationQuantization inputs = model.activations();
                assertEquals(sums.isEmpty() ? 0 : 6, inputs.widths().size());
                assertEquals(
                        mode.equals("dynamic") ? 0 : sums.isEmpty() ? 12 : 18,
                        inputs.ranges().size());
            }
            List<Double> found = List.copyOf(errors.values());
            assertTrue(found.get(1) < 1.2 * found.get(0), "16 bits cost next to nothing: " + found);
            assertTrue(found.get(2) > 3 * found.get(0), "4 bits cost much: " + found);
        }
    }

    /** Mean squared difference of the logits with quantized activations. */
    private static double runningDistance(ModelState model) {
        int[] ids = Arrays.copyOf(text(1, 98).getFirst(), 16);
        float[] wanted = logits(teacher(), ids);
        double sum = 0;
        try (Decoder decoder = model.simulatedDecoder(operations, manager, Precision.FLOAT32)) {
            float[] found = decoder.logits(ids, 1, model.running());
            for (int i = 0; i < found.length; i++) {
                sum += Math.pow(wanted[i] - found[i], 2) / found.length;
            }
        }
        return sum;
    }

    @Test
    void inputsHaveTheirOwnWidthsByName() throws IOException {
        ActivationQuantization inputs = run(
                        teacher(),
                        "weights: {bits: 8}, activations: {bits: 8, mode: static, overrides:"
                                + " [{include: ['*.mlp.*'], bits: 4}, {include: ['*.c_proj'], bits: 16},"
                                + " {include: ['*.sum'], bits: 32}]}, calibration: {samples: 8}",
                        false)
                .model()
                .activations();
        assertEquals(8, inputs.bits("h.1.attn.c_attn"));
        assertEquals(16, inputs.bits("h.1.attn.c_proj"));
        assertEquals(4, inputs.bits("h.1.mlp.c_fc"));
        assertEquals(16, inputs.bits("h.1.mlp.c_proj"));
        assertEquals(32, inputs.bits("h.1.mlp.sum"));
        assertEquals(6, inputs.ranges().size());
    }

    @Test
    void theDiagnosisTellsNoiseOutliersAndErrorByDepth() throws IOException {
        Map<String, float[]> weights = new LinkedHashMap<>(TinyGpt2.weights(CONFIG, 5));
        weights.get("h.1.ln_2.weight")[6] = 300;
        ModelState before = ModelState.teacher(CONFIG, weights);
        ModelState after = run(before, "weights: {bits: 4, exclude: [h.0.*]}, activations: {bits: 8}", false)
                .model();
        Diagnosis diagnosis = new QuantizationDiagnosis(context(false)).of(before, after);
        assertEquals(8, diagnosis.noise().size());
        assertTrue(diagnosis.noise().values().stream().allMatch(noise -> noise > 0 && noise < 0.1));
        Diagnosis.Outlier largest = diagnosis.outliers().get("h.1.mlp.c_fc").getFirst();
        assertEquals(6, largest.dimension());
        assertTrue(largest.ratio() > 20, "ratio " + largest.ratio());
        assertEquals(4, diagnosis.depth().size());
        assertEquals(0, diagnosis.depth().getFirst(), "the embedding is exact");
        assertTrue(diagnosis.depth().getLast() > 1e-8);
        assertEquals(4, diagnosis.sequences());
        assertTrue(diagnosis.sentences().getFirst().startsWith("largest relative noise: h."));
        assertTrue(diagnosis.sentences().getLast().contains("dimension 6 of h.1.mlp.c_fc, "));
        assertTrue(diagnosis.sentences().getLast().endsWith("may help, or activations of 16 bits"));
    }

    @Test
    void theLogitsChooseTheEmbeddingsRange() throws IOException {
        Map<String, float[]> weights = new LinkedHashMap<>(TinyGpt2.weights(CONFIG, 5));
        // Large weights of a feature that is always 0 at the end: the logits do not need a range for them.
        weights.get("ln_f.weight")[5] = 0;
        weights.get("ln_f.bias")[5] = 0;
        for (int row = 0; row < 60; row++) {
            weights.get("wte.weight")[row * 32 + 5] *= 8;
        }
        ModelState before = ModelState.teacher(CONFIG, weights);
        String keys = "weights: {bits: 8}, embedding: {bits: 3, range: %s}, calibration: {samples: 8}";
        ModelState full = run(before, keys.formatted("min-max"), false).model();
        messages.clear();
        for (String method : List.of("", "method: gptq, ")) {
            ModelState chosen =
                    run(before, method + keys.formatted("cross-entropy"), false).model();
            assertTrue(messages.getFirst().startsWith("20-s: the embedding's range is 0."), messages.getFirst());
            assertTrue(crossEntropy(before, chosen) < crossEntropy(before, full));
            // The codes are what a later reader goes by.
            assertEquals(
                    chosen.quantizedMatrices().get("wte.weight"), chosen.codes().get("wte.weight"));
        }
    }

    /** Of the embedding alone, on the exact model's final hidden states. */
    private static double crossEntropy(ModelState before, ModelState after) throws IOException {
        int[] ids = RunData.joined(text(6, 99).stream()
                .map(sequence -> Arrays.copyOf(sequence, 16))
                .toList());
        List<float[]> hidden = new ArrayList<>();
        try (Decoder decoder = before.simulatedDecoder(operations, manager, Precision.FLOAT32)) {
            decoder.observeStreams(ids, 6, FakeQuantization.none(), (depth, stream) -> {
                if (depth == 4) {
                    hidden.add(stream.toFloatArray());
                }
            });
        }
        CrossEntropy entropy = new CrossEntropy();
        entropy.add(
                product(hidden.getFirst(), before.weights().get("wte.weight")),
                product(hidden.getFirst(), after.quantizedWeights().get("wte.weight")),
                60);
        return entropy.mean();
    }

    private static float[] product(float[] hidden, float[] words) {
        float[] logits = new float[hidden.length / 32 * 60];
        for (int i = 0; i < logits.length; i++) {
            for (int k = 0; k < 32; k++) {
                logits[i] += hidden[i / 60 * 32 + k] * words[i % 60 * 32 + k];
            }
        }
        return logits;
    }
}
