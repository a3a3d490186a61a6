package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.ptq.AdaRound;
import io.bantam.trainer.ptq.Aqlm;
import io.bantam.trainer.ptq.AutoRound;
import io.bantam.trainer.ptq.Gptq;
import io.bantam.trainer.ptq.PtqMethod;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Precision;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every key: what it is when left out, and that it lands where it belongs when given. */
class RecipeMappingTest {
    private static final Path HERE = Path.of("").toAbsolutePath();

    @Test
    void defaultsOfARecipe() {
        Recipe recipe = Recipes.read(Recipes.LEAST);
        assertEquals(
                new Recipe(
                        1,
                        "least",
                        Task.COMPLETION,
                        42,
                        Device.AUTO,
                        0,
                        false,
                        new Data(new Source.Bundled(), Optional.empty(), Optional.empty(), 256, new Split(0.02, 0.02)),
                        new Teacher.Train(
                                new TokenizerSettings(8192),
                                new ModelSettings(12, 192, 6, 512, 1e-5),
                                defaultTraining(),
                                Teacher.Cache.NONE,
                                64,
                                List.of(),
                                Optional.empty()),
                        Map.of("half", new Reduce(everySecond(), Optional.empty(), 32)),
                        Map.of("teacher", List.of(), "6L", List.of("half")),
                        Optional.empty(),
                        new Evaluation(200, Evaluation.Rule.RANDOM_CUT, Optional.empty(), 1, 100, "teacher", 1000),
                        new Export(List.of(Export.Format.PACKED), Export.Floats.FLOAT32),
                        new Report(
                                List.of(Report.Format.MARKDOWN, Report.Format.JSON, Report.Format.HTML),
                                Optional.empty())),
                recipe);
    }

    private static LayerChoice everySecond() {
        return new LayerChoice.ByRule(LayerChoice.Rule.EVERY_SECOND);
    }

    private static Training defaultTraining() {
        return new Training(
                10,
                16,
                1,
                5e-4,
                LearningRateSchedule.LINEAR,
                0,
                0.01,
                1.0,
                100,
                100,
                Optional.empty(),
                Precision.FLOAT32,
                false);
    }

    @Test
    void defaultsOfADistillStage() {
        Recipe recipe = Recipes.read(Recipes.withStages("{s: {kind: distill, training: {steps: 10}}}", "[s]"));
        Loss loss = new Loss(
                new Loss.Logits(1, Loss.LogitsKind.KL, 1),
                new Loss.Hidden(1, Optional.empty()),
                new Loss.Attention(1, Optional.empty()),
                new Loss.Labels(0));
        assertEquals(new Distill(Optional.empty(), defaultTraining(), loss), recipe.stage("s"));
    }

    @Test
    void defaultsOfQuantization() {
        Recipe recipe = Recipes.read(Recipes.withStages(
                "{s: {kind: distill, training: {steps: 10},"
                        + " quantization: {weights: {bits: 1}, embedding: {}, activations: {}}}}",
                "[s]"));
        assertEquals(
                Optional.of(new Quantization(
                        new Quantization.Weights(
                                new WeightBits.Binary(), true, new Granularity.PerRow(), List.of("*"), List.of()),
                        Optional.of(new Quantization.Embedding(new WeightBits.Uniform(8), true)),
                        Optional.of(
                                new Quantization.Activations(8, true, ActivationMode.DYNAMIC, Optional.empty(), 0.95)),
                        StraightThrough.PLAIN,
                        new Quantization.Schedule(0, Optional.empty(), Optional.empty(), 0))),
                ((Distill) recipe.stage("s")).quantization());
    }

    @Test
    void defaultsOfAPtqStage() {
        Recipe recipe = Recipes.read(Recipes.withStages(
                "{s: {kind: ptq, weights: {bits: 4}}, t: {kind: ptq, weights: {bits: 8}, embedding: {},"
                        + " activations: {}}}",
                "[s]"));
        Ptq.Weights weights = new Ptq.Weights(
                new WeightBits.Uniform(4),
                true,
                new Granularity.PerRow(),
                Ptq.Range.MIN_MAX,
                List.of("*"),
                List.of(),
                List.of(),
                Optional.empty());
        assertEquals(
                new Ptq(
                        PtqMethod.Name.ROUND_TO_NEAREST,
                        weights,
                        Optional.empty(),
                        Optional.empty(),
                        new Ptq.Calibration(64, Ptq.Text.CODE, Optional.empty(), Optional.empty()),
                        new Gptq(0.01, 128, Gptq.Order.COLUMNS),
                        new AdaRound(1000, 0.01),
                        new AutoRound(200, 8, Precision.FLOAT32),
                        new Aqlm(8, 8, 4, 5, 200, 8, 0.003, Precision.FLOAT32),
                        Optional.empty(),
                        false),
                recipe.stage("s"));
        Ptq full = (Ptq) recipe.stage("t");
        assertEquals(
                Optional.of(new Ptq.Embedding(new WeightBits.Uniform(8), true, Ptq.Range.MIN_MAX)), full.embedding());
        assertEquals(
                Optional.of(new Ptq.Activations(
                        8,
                        true,
                        ActivationMode.DYNAMIC,
                        Optional.empty(),
                        Ptq.InputRange.MIN_MAX,
                        99.99,
                        Optional.empty(),
                        List.of())),
                full.activations());
    }

    /** Every key there is, each with a value that is not its default. */
    private static final String FULL = """
            version: 1
            name: full
            task: completion
            seed: 7
            device: cpu
            threads: 2
            resume: true
            data:
              source:
                kind: several
                sources:
                  - {kind: folder, path: code, extensions: [py, pyi], tests: true}
                  - {kind: text, path: a.txt.gz}
                  - {kind: json-lines, path: ../b.jsonl, field: content}
                  - {kind: codexglue, path: /data/c.json}
                  - {kind: bundled}
              form: py150
              limitMegabytes: 1.5
              sequenceLength: 128
              split: {validation: 0.1, test: 0.2}
            teacher:
              kind: train
              tokenizer: {vocabularySize: 1000}
              model: {layers: 4, width: 64, heads: 2, context: 300, layerNormEpsilon: 1.0e-6}
              training: {steps: 20, batchSize: 3, accumulation: 2, learningRate: 1.0e-3, schedule: cosine,
                         warmupSteps: 4,
                         weightDecay: 0.1, gradientClip: 0.5, evaluateEvery: 5, checkpointEvery: 6, earlyStop: 7,
                         precision: bfloat16, gradientCheckpointing: true}
              cache: none
              k: 16
              cacheHidden: [0, 2]
              cacheFile: t.topk
            stages:
              some: {kind: reduce, layers: importance, keep: 2, samples: 9, decoderLayers: first, decoderKeep: 3}
              these: {kind: reduce, layers: [0, 2]}
              qat:
                kind: distill
                quantization:
                  weights: {bits: 2, symmetric: false, granularity: {group: 32}, include: [h.*.mlp.*], exclude: [h.0.*]}
                  embedding: {bits: ternary, symmetric: true}
                  activations: {bits: 4, symmetric: false, mode: static, momentum: 0.9}
                  straightThrough: clipped
                  schedule: {startStep: 1, startBits: 8, stepsPerBit: 2, stepsBetweenLayers: 3}
                training: {steps: 100, schedule: constant}
                loss:
                  logits: {weight: 2, kind: soft-cross-entropy, temperature: 4}
                  hidden: {weight: 3, layers: [0, 2, 4]}
                  attention: {weight: 4, layers: [1, 3]}
                  labels: {weight: 5}
              rtn:
                kind: ptq
                method: gptq
                weights: {bits: 3, symmetric: false, granularity: per-tensor, range: mse, include: [h.1.*],
                          exclude: [h.1.mlp.*],
                          overrides: [{include: [h.1.attn.c_proj], bits: 8}],
                          budget: {averageBits: 4.5, widths: [2, 6]}}
                embedding: {bits: 6, symmetric: false, range: mse}
                activations: {bits: 16, symmetric: false, mode: static, range: entropy, percentile: 99,
                              overrides: [{include: ["*.sum"], bits: 16}]}
                calibration: {samples: 8, kind: mixed, seed: 3, path: words.txt}
                gptq: {damping: 0.02, block: 64, order: activations}
                adaRound: {steps: 10, learningRate: 0.02}
                autoRound: {steps: 20, batchSize: 2, precision: bfloat16}
                aqlm: {vector: 4, codeBits: 6, beam: 2, rounds: 3, steps: 30, batchSize: 4, learningRate: 0.01,
                       precision: bfloat16}
                smoothing: 0.5
                biasCorrection: true
              grouped: {kind: ptq, weights: {bits: 8}, activations: {group: 2, groups: 4}}
            variants:
              teacher: []
              A + b: [some, qat]
              "7": [these, rtn]
              "8": [these, grouped]
            search:
              models: [teacher]
              stage: grouped
              bits: [8, 4]
              granularity: [per-row, {group: 16}]
              methods: [round-to-nearest, gptq]
              embedding: [8, ternary]
              activations: [8, 4]
              calibration: [{samples: 4, kind: random, seed: 2}]
              budget: {bytes: 3000000000, milliseconds: 2.5, lossIncrease: 0.3}
              objectives: [bytes, milliseconds]
              halving: {rungs: 2, keep: 4, sequences: 16}
            evaluation: {samples: 11, rule: file, file: samples.jsonl, beamWidth: 5, maximumNewTokens: 50,
                         baseline: A + b,
                         bootstrap: 0}
            export: {formats: [packed, safetensors], floats: float16}
            report:
              formats: [json]
              published:
                source: a study
                dataSet: its data
                figures: [{variant: A + b, exactMatch: 14.1, editSimilarity: 37.2, megabytes: 42.6, passAt1: 29.8,
                           replySeconds: 25}]
            """;

    private static Recipe full() {
        Map<String, Stage> stages = new LinkedHashMap<>();
        stages.put(
                "some",
                new Reduce(
                        new LayerChoice.ByRule(LayerChoice.Rule.IMPORTANCE),
                        Optional.of(2),
                        9,
                        Optional.of(new LayerChoice.ByRule(LayerChoice.Rule.FIRST)),
                        Optional.of(3)));
        stages.put("these", new Reduce(new LayerChoice.Listed(List.of(0, 2)), Optional.empty(), 32));
        stages.put("qat", fullDistill());
        stages.put("rtn", fullPtq());
        stages.put("grouped", ptqWithGroups());
        Map<String, List<String>> variants = new LinkedHashMap<>();
        variants.put("teacher", List.of());
        variants.put("A + b", List.of("some", "qat"));
        variants.put("7", List.of("these", "rtn"));
        variants.put("8", List.of("these", "grouped"));
        Source source = new Source.Several(List.of(
                new Source.Folder(HERE.resolve("code"), List.of("py", "pyi"), true),
                new Source.Text(HERE.resolve("a.txt.gz")),
                new Source.JsonLines(HERE.resolveSibling("b.jsonl"), "content"),
                new Source.CodeXGlue(Path.of("/data/c.json")),
                new Source.Bundled()));
        Training training = new Training(
                20,
                3,
                2,
                1e-3,
                LearningRateSchedule.COSINE,
                4,
                0.1,
                0.5,
                5,
                6,
                Optional.of(7),
                Precision.BFLOAT16,
                true);

        return new Recipe(
                1,
                "full",
                Task.COMPLETION,
                7,
                Device.CPU,
                2,
                true,
                new Data(source, Optional.of(TextForm.PY150), Optional.of(1.5), 128, new Split(0.1, 0.2)),
                new Teacher.Train(
                        new TokenizerSettings(1000),
                        new ModelSettings(4, 64, 2, 300, 1e-6),
                        training,
                        Teacher.Cache.NONE,
                        16,
                        List.of(0, 2),
                        Optional.of(HERE.resolve("t.topk"))),
                stages,
                variants,
                Optional.of(search()),
                new Evaluation(11, Evaluation.Rule.FILE, Optional.of(HERE.resolve("samples.jsonl")), 5, 50, "A + b", 0),
                new Export(List.of(Export.Format.PACKED, Export.Format.SAFETENSORS), Export.Floats.FLOAT16),
                new Report(
                        List.of(Report.Format.JSON),
                        Optional.of(new Published(
                                "a study",
                                "its data",
                                List.of(new Published.Figures(
                                        "A + b",
                                        Optional.of(14.1),
                                        Optional.of(37.2),
                                        Optional.of(42.6),
                                        Optional.of(29.8),
                                        Optional.of(25.0)))))));
    }

    private static Search search() {
        return new Search(
                List.of("teacher"),
                "grouped",
                List.of(new WeightBits.Uniform(8), new WeightBits.Uniform(4)),
                List.of(new Granularity.PerRow(), new Granularity.PerGroup(16)),
                List.of(PtqMethod.Name.ROUND_TO_NEAREST, PtqMethod.Name.GPTQ),
                List.of(new WeightBits.Uniform(8), new WeightBits.Ternary()),
                List.of(8, 4),
                List.of(new Ptq.Calibration(4, Ptq.Text.RANDOM, Optional.of(2), Optional.empty())),
                new Search.Budget(Optional.of(3_000_000_000L), Optional.of(2.5), Optional.of(0.3)),
                List.of(Search.Objective.BYTES, Search.Objective.MILLISECONDS),
                new Search.Halving(2, 4, 16));
    }

    private static Distill fullDistill() {
        Quantization quantization = new Quantization(
                new Quantization.Weights(
                        new WeightBits.Uniform(2),
                        false,
                        new Granularity.PerGroup(32),
                        List.of("h.*.mlp.*"),
                        List.of("h.0.*")),
                Optional.of(new Quantization.Embedding(new WeightBits.Ternary(), true)),
                Optional.of(new Quantization.Activations(4, false, ActivationMode.STATIC, Optional.empty(), 0.9)),
                StraightThrough.CLIPPED,
                new Quantization.Schedule(1, Optional.of(8), Optional.of(2), 3));
        Training training = new Training(
                100,
                16,
                1,
                5e-4,
                LearningRateSchedule.CONSTANT,
                0,
                0.01,
                1.0,
                100,
                100,
                Optional.empty(),
                Precision.FLOAT32,
                false);
        Loss loss = new Loss(
                new Loss.Logits(2, Loss.LogitsKind.SOFT_CROSS_ENTROPY, 4),
                new Loss.Hidden(3, Optional.of(List.of(0, 2, 4))),
                new Loss.Attention(4, Optional.of(List.of(1, 3))),
                new Loss.Labels(5));
        return new Distill(Optional.of(quantization), training, loss);
    }

    private static Ptq fullPtq() {
        return new Ptq(
                PtqMethod.Name.GPTQ,
                new Ptq.Weights(
                        new WeightBits.Uniform(3),
                        false,
                        new Granularity.PerTensor(),
                        Ptq.Range.MSE,
                        List.of("h.1.*"),
                        List.of("h.1.mlp.*"),
                        List.of(new Ptq.Width(List.of("h.1.attn.c_proj"), new WeightBits.Uniform(8))),
                        Optional.of(new Ptq.Budget(Optional.of(4.5), Optional.empty(), List.of(2, 6)))),
                Optional.of(new Ptq.Embedding(new WeightBits.Uniform(6), false, Ptq.Range.MSE)),
                Optional.of(new Ptq.Activations(
                        16,
                        false,
                        ActivationMode.STATIC,
                        Optional.empty(),
                        Ptq.InputRange.ENTROPY,
                        99,
                        Optional.empty(),
                        List.of(new Ptq.ActivationWidth(List.of("*.sum"), 16)))),
                new Ptq.Calibration(8, Ptq.Text.MIXED, Optional.of(3), Optional.of(HERE.resolve("words.txt"))),
                new Gptq(0.02, 64, Gptq.Order.ACTIVATIONS),
                new AdaRound(10, 0.02),
                new AutoRound(20, 2, Precision.BFLOAT16),
                new Aqlm(4, 6, 2, 3, 30, 4, 0.01, Precision.BFLOAT16),
                Optional.of(0.5),
                true);
    }

    /** Groups of inputs exclude smoothing. */
    private static Ptq ptqWithGroups() {
        return new Ptq(
                PtqMethod.Name.ROUND_TO_NEAREST,
                new Ptq.Weights(
                        new WeightBits.Uniform(8),
                        true,
                        new Granularity.PerRow(),
                        Ptq.Range.MIN_MAX,
                        List.of("*"),
                        List.of(),
                        List.of(),
                        Optional.empty()),
                Optional.empty(),
                Optional.of(new Ptq.Activations(
                        8,
                        true,
                        ActivationMode.DYNAMIC,
                        Optional.of(2),
                        Ptq.InputRange.MIN_MAX,
                        99.99,
                        Optional.of(4),
                        List.of())),
                new Ptq.Calibration(64, Ptq.Text.CODE, Optional.empty(), Optional.empty()),
                new Gptq(0.01, 128, Gptq.Order.COLUMNS),
                new AdaRound(1000, 0.01),
                new AutoRound(200, 8, Precision.FLOAT32),
                new Aqlm(8, 8, 4, 5, 200, 8, 0.003, Precision.FLOAT32),
                Optional.empty(),
                false);
    }

    @Test
    void everyKeyLandsInItsPlace() {
        assertEquals(full(), Recipes.read(FULL));
    }

    @Test
    void theOrderOfTheFileIsKept() {
        Recipe recipe = Recipes.read(FULL);
        assertEquals(
                List.of("some", "these", "qat", "rtn", "grouped"),
                List.copyOf(recipe.stages().keySet()));
        assertEquals(
                List.of("teacher", "A + b", "7", "8"),
                List.copyOf(recipe.variants().keySet()));
    }

    /** So that a new key cannot be forgotten in {@link #FULL}. */
    @Test
    void theFullRecipeNamesEveryKeyThereIs() {
        Set<String> missing = new LinkedHashSet<>();
        Deque<Class<?>> types = new ArrayDeque<>(List.of(Recipe.class));
        Set<Class<?>> seen = new LinkedHashSet<>();
        while (!types.isEmpty()) {
            Class<?> type = types.pop();
            if (!seen.add(type)) {
                continue;
            }
            if (type.isSealed()) {
                types.addAll(List.of(type.getPermittedSubclasses()));
            }
            for (RecordComponent component : type.isRecord() ? type.getRecordComponents() : new RecordComponent[0]) {
                boolean loads = type == Teacher.Load.class
                        || type == Teacher.FineTune.class
                        || type == Source.Labelled.class
                        || type == Source.Pairs.class;
                if (component.isAnnotationPresent(Key.class) && !loads && !FULL.contains(component.getName() + ":")) {
                    missing.add(type.getSimpleName() + "." + component.getName());
                }
                String name = component.getGenericType().getTypeName();
                for (String part : name.split("[<>, ]+")) {
                    if (part.startsWith("io.bantam.trainer.recipe.")) {
                        types.add(named(part));
                    }
                }
            }
        }
        assertTrue(seen.contains(Ptq.Calibration.class) && seen.contains(Loss.Labels.class), seen::toString);
        assertEquals(Set.of(), missing);
    }

    private static Class<?> named(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTeacherIsLoadedFromAPathRelativeToTheRecipe() {
        Recipe recipe = Recipes.read(Recipes.leastWith(4, "teacher: {kind: load, path: ../models/t}"));
        assertEquals(
                new Teacher.Load(
                        HERE.resolve("../models/t").normalize(), Teacher.Cache.NONE, 64, List.of(), Optional.empty()),
                recipe.teacher());
    }

    @Test
    void aTeachersAnswersAreKeptWhereAsked() {
        Recipe recipe = Recipes.read(
                Recipes.leastWith(4, "teacher: {kind: load, path: t, cache: topk, k: 8, cacheFile: ../t.topk}"));
        assertEquals(
                new Teacher.Load(
                        HERE.resolve("t"),
                        Teacher.Cache.TOPK,
                        8,
                        List.of(),
                        Optional.of(HERE.resolve("../t.topk").normalize())),
                recipe.teacher());
    }

    @Test
    void writtenAndReadAgainARecipeIsEqual(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("sub.yaml");
        RecipeWriter.write(full(), file);
        assertEquals(full(), Recipes.loader().load(file).recipe());
    }

    private static Recipe task(String word, String source) {
        return Recipes.read("""
                version: 1
                name: task
                task: %s
                data: {source: %s}
                teacher: {kind: load, path: m}
                variants: {teacher: []}
                """.formatted(word, source));
    }

    @Test
    void tasksHaveSourcesOfTheirOwn() {
        Recipe labels = task("classification", "{kind: labelled, path: a.jsonl}");
        assertEquals(Task.CLASSIFICATION, labels.task());
        assertEquals(
                new Source.Labelled(
                        HERE.resolve("a.jsonl"), "text", Optional.empty(), "label", Optional.empty(), Optional.empty()),
                labels.data().source());
        assertEquals(
                new Source.Labelled(
                        HERE.resolve("a.jsonl"),
                        "one",
                        Optional.of("two"),
                        "same",
                        Optional.of(HERE.resolve("v")),
                        Optional.of(HERE.resolve("t"))),
                task(
                                "classification",
                                "{kind: labelled, path: a.jsonl, text: one, pair: two, label: same, validation: v,"
                                        + " test: t}")
                        .data()
                        .source());
        assertEquals(
                new Source.Pairs(HERE.resolve("a.jsonl"), "source", "target", 128, Optional.empty(), Optional.empty()),
                task("generation", "{kind: pairs, path: a.jsonl}").data().source());
        Recipe answers = task(
                "generation",
                "{kind: pairs, path: a, text: code, answer: docs, answerLength: 32, validation: v, test: t}");
        assertEquals(
                new Source.Pairs(
                        HERE.resolve("a"),
                        "code",
                        "docs",
                        32,
                        Optional.of(HERE.resolve("v")),
                        Optional.of(HERE.resolve("t"))),
                answers.data().source());
        assertEquals(answers, Recipes.read(RecipeWriter.toYaml(answers, HERE)));
    }

    @Test
    void writingQuotesWhatWouldBeReadAsSomethingElse() {
        for (String field :
                List.of("010", "yes", "null", "~", "1e3", "a: b", "#a", "-", "a #b", " a", "\"q\\", "é\n\u0085")) {
            Source source = new Source.JsonLines(HERE.resolve("- x"), field);
            Recipe least = Recipes.read(Recipes.LEAST);
            Recipe recipe = new Recipe(
                    1,
                    "n",
                    Task.COMPLETION,
                    1,
                    Device.GPU,
                    1,
                    false,
                    new Data(source, Optional.empty(), Optional.empty(), 256, new Split(0.02, 0.02)),
                    least.teacher(),
                    least.stages(),
                    least.variants(),
                    least.search(),
                    least.evaluation(),
                    least.export(),
                    least.report());
            assertEquals(recipe, Recipes.read(RecipeWriter.toYaml(recipe, HERE)), field);
        }
    }

    @Test
    void runsShareTheirBeginnings() {
        Recipe recipe = Recipes.read(Recipes.leastWith(
                        6,
                        "stages: {a: {kind: reduce, layers: [1, 3]},"
                                + " b: {kind: distill, training: {steps: 10}}, c: {kind: ptq, weights: {bits: 8}}}")
                .replaceAll("(?m)^variants.*$", "variants: {teacher: [], x: [a, b], y: [a, b, c], z: [c]}"));
        assertEquals(List.of(List.of("a"), List.of("a", "b"), List.of("a", "b", "c"), List.of("c")), recipe.runs());
        assertEquals(List.of(recipe.stage("a"), recipe.stage("b")), recipe.stagesOf("x"));
        assertThrows(IllegalArgumentException.class, () -> recipe.stagesOf("w"));
        assertThrows(IllegalArgumentException.class, () -> recipe.stage("w"));
        assertEquals(recipe, recipe.withResume(true).withResume(false));
    }

    @Test
    void recordsCheckTheirRangesThemselves() {
        assertEquals(
                "Split.validation: 1.0 is too large; less than 1",
                assertThrows(IllegalArgumentException.class, () -> new Split(1, 0))
                        .getMessage());
        assertEquals(
                "Training.steps: 0 is too small; at least 1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Training(
                                        0,
                                        1,
                                        1,
                                        1e-3,
                                        LearningRateSchedule.LINEAR,
                                        0,
                                        0,
                                        0,
                                        1,
                                        1,
                                        Optional.empty(),
                                        Precision.FLOAT32,
                                        false))
                        .getMessage());
        assertEquals(
                "Data.source has no value",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Data(null, Optional.empty(), Optional.empty(), 8, new Split(0, 0)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new WeightBits.Uniform(1));
        assertThrows(IllegalArgumentException.class, () -> new Split(Double.NaN, 0));
        assertThrows(IllegalArgumentException.class, () -> new Export(List.of(), Export.Floats.FLOAT32));
    }

    @Test
    void recordsCannotBeChangedThroughWhatTheyWereMadeOf() {
        Recipe recipe = Recipes.read(Recipes.LEAST);
        assertThrows(UnsupportedOperationException.class, () -> recipe.stages().clear());
        assertThrows(
                UnsupportedOperationException.class,
                () -> recipe.variants().get("6L").clear());
    }
}
