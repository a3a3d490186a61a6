package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.hub.TinyEncoders;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.report.VariantResult;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import io.bantam.trainer.tokenizer.BpeTrainer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.tokenizer.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Models with an encoder, from their folders through every kind of stage to labels and answers by the packed file. */
class EncoderRunIT {
    private static final List<String> WORDS =
            List.of("free", "memory", "pointer", "buffer", "copy", "length", "check", "return");
    private static final String STAGES = """
            stages:
              half: {kind: reduce, layers: every-second%s}
              binary:
                kind: distill
                quantization:
                  weights: {bits: 1}
                  embedding: {bits: 8}
                  activations: {bits: 8, mode: static}
                training: {steps: 20, batchSize: 4, learningRate: 2.0e-3, evaluateEvery: 10, checkpointEvery: 20}
                loss: {hidden: {weight: 0.1}, attention: {weight: 0.1}, labels: {weight: 1}}
              ternary:
                kind: distill
                quantization: {weights: {bits: ternary}, activations: {bits: 8}}
                training: {steps: 3, batchSize: 4, evaluateEvery: 3, checkpointEvery: 3}
              gptq:
                kind: ptq
                method: gptq
                weights: {bits: 4, symmetric: false, granularity: {group: 16}}
                embedding: {bits: 8}
                activations: {bits: 8, mode: static}
                calibration: {samples: 4}
              nearest: {kind: ptq, weights: {bits: 8}, embedding: {bits: 8}, activations: {bits: 8}}
            variants:
              teacher: []
              1W8A2L: [half, binary]
              ternary: [ternary]
              2L W4A8: [half, gptq]
              W8A8: [nearest]
            evaluation: {samples: 6, bootstrap: 10}
            export: {formats: [packed, safetensors]}
            """;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta"})
    void fromAFolderToALabel(String family) throws IOException {
        List<String> lines = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 60; i++) {
            String text = words(random, 3 + random.nextInt(9));
            lines.add("{\"func\": \"%s\", \"next\": \"%s\", \"target\": %d}"
                    .formatted(text, words(random, 3), text.contains("free") ? 1 : 0));
        }
        Files.write(folder.resolve("train.jsonl"), lines);
        Path teacher = folder.resolve("teacher");
        int vocabulary =
                bert(family) ? 60 : 600 + SpecialTokens.py150().tokens().size();
        String config = TinyEncoders.config(family, vocabulary, 4);
        Map<String, float[]> tensors = TinyEncoders.tensors(config, 9);
        tensors.keySet().removeIf(name -> name.startsWith("classifier"));
        TinyEncoders.write(teacher, config, tensors);
        tokenizer(family, teacher);
        Path recipe = Files.writeString(folder.resolve("recipe.yaml"), """
                version: 1
                name: labels
                task: classification
                seed: 7
                device: cpu
                threads: 1
                data:
                  source: {kind: labelled, path: train.jsonl, text: func, pair: next, label: target}
                  sequenceLength: 24
                  split: {validation: 0.1, test: 0.1}
                teacher:
                  kind: fine-tune
                  path: teacher
                  training: {steps: 20, batchSize: 8, learningRate: 2.0e-3, evaluateEvery: 10, checkpointEvery: 20}
                """ + STAGES.formatted(""));

        Path run = folder.resolve("run");
        Comparison comparison = SmallRun.run(recipe, run, false);

        assertEquals(5, comparison.entries().size());
        EncoderConfig whole = (EncoderConfig)
                ModelStateFiles.readFloat(run.resolve("10-teacher")).config();
        assertEquals(2, whole.classes());
        assertReduced(run, whole.withLayers(2, 0), List.of(1, 3));
        assertPacked(run, "h.1.attn.c_attn.weight");
        VariantResult result = VariantResult.read(RunFolder.resultFile(run, "1W8A2L"));
        assertEquals(
                List.of("Accuracy %", "F1 %"),
                result.measures().stream().map(measure -> measure.name()).toList());
        for (LinePrediction one : LineCompletionResult.read(RunFolder.predictionsFile(run, "1W8A2L"))) {
            assertTrue(List.of("0", "1").contains(one.prediction()), one.prediction());
        }
        // A resumed run says the same.
        SmallRun.run(recipe, run, true);
        assertEquals(VariantResult.read(RunFolder.resultFile(run, "1W8A2L")).quality(), result.quality());
    }

    @ParameterizedTest
    @ValueSource(strings = {"plbart", "t5", "t5 gated"})
    void fromAFolderToAnAnswer(String family) throws IOException {
        List<String> lines = new ArrayList<>();
        Random random = new Random(2);
        for (int i = 0; i < 60; i++) {
            String text = words(random, 3 + random.nextInt(9));
            lines.add("{\"source\": \"%s\", \"target\": \"%s\"}".formatted(text, text.substring(0, text.indexOf(' '))));
        }
        Files.write(folder.resolve("train.jsonl"), lines);
        Path teacher = folder.resolve("teacher");
        String config =
                TinyEncoders.config(family, 600 + SpecialTokens.py150().tokens().size(), 4);
        TinyEncoders.write(teacher, config, TinyEncoders.tensors(config, 9));
        tokenizer(family, teacher);
        Path recipe = Files.writeString(
                folder.resolve("recipe.yaml"), """
                version: 1
                name: answers
                task: generation
                seed: 7
                device: cpu
                threads: 1
                data:
                  source: {kind: pairs, path: train.jsonl, answerLength: 8}
                  sequenceLength: 32
                  split: {validation: 0.1, test: 0.1}
                teacher: {kind: load, path: teacher}
                """ + STAGES.formatted(", decoderLayers: last, decoderKeep: 1"));

        Path run = folder.resolve("run");
        SmallRun.run(recipe, run, false);

        EncoderConfig whole = (EncoderConfig) ModelStateFiles.readFloat(teacher).config();
        assertReduced(run, whole.withLayers(2, 1), List.of(1, 3, 3));
        assertPacked(run, "decoder.h.0.cross.c_kv.weight");
        VariantResult result = VariantResult.read(RunFolder.resultFile(run, "1W8A2L"));
        assertEquals("BLEU-4", result.measures().getFirst().name());
        assertEquals(
                6,
                LineCompletionResult.read(RunFolder.predictionsFile(run, "1W8A2L"))
                        .size());
        bleuOfEveryForm(run);
    }

    /** A run folder, a stage, a Hugging Face folder and a packed file, asked for what the run itself measured. */
    private void bleuOfEveryForm(Path run) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (LinePrediction one : LineCompletionResult.read(RunFolder.predictionsFile(run, "1W8A2L"))) {
            lines.append("{\"source\": \"%s\", \"target\": \"%s\"}\n".formatted(one.context(), one.truth()));
        }
        String data = Files.writeString(folder.resolve("test.jsonl"), lines).toString();
        Path result = RunFolder.resultFile(run, "1W8A2L");
        double ofTheRun = VariantResult.read(result).measures().getFirst().value();
        String packed = run.resolve("50-export/1W8A2L.bantam").toString();
        Path out = folder.resolve("figures.json");
        String wanted = bleu(data, packed, "--out", out.toString());
        assertEquals(
                ofTheRun,
                JsonMapper.shared()
                        .readTree(Files.readString(out))
                        .at("/measures/0/value")
                        .doubleValue(),
                1e-9,
                "the packed file, in its run and outside");
        assertEquals(wanted, bleu(data, run.resolve("21-half+binary").toString()));
        assertEquals(wanted, bleu(data, run.toString(), "--variant", "1W8A2L"));
        assertTrue(
                VariantResult.read(result).measures().getFirst().about().contains("6 answers of test.jsonl"),
                "a run's figure goes into its comparison");
        assertEquals(
                bleu(data, folder.resolve("teacher").toString(), "--max-tokens", "8"),
                bleu(data, run.toString(), "--variant", "teacher"));
    }

    /** The figure as it is shown. */
    private static String bleu(String data, String model, String... more) {
        List<String> arguments = new ArrayList<>(List.of("evaluate", model, "--measure", "bleu", "--data", data));
        arguments.addAll(List.of(more));
        Shell shell = new Shell().run(arguments.toArray(String[]::new));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(
                shell.out().matches("BLEU-4 [0-9.]+ \\(6 answers of test.jsonl, greedy, [0-9.]+ s\\)\n"), shell.out());
        return shell.out().split(" ")[1];
    }

    private static boolean bert(String family) {
        return family.equals("bert");
    }

    private static String words(Random random, int count) {
        return random.ints(count, 0, WORDS.size()).mapToObj(WORDS::get).collect(Collectors.joining(" "));
    }

    private static void tokenizer(String family, Path teacher) throws IOException {
        if (bert(family)) {
            List<String> pieces = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
            pieces.addAll(WORDS);
            Files.write(teacher.resolve("vocab.txt"), pieces);
        } else {
            TokenizerJson.write(
                    new BpeTrainer(SpecialTokens.py150(), 600).train(WORDS), teacher.resolve("tokenizer.json"));
        }
    }

    private static void assertReduced(Path run, EncoderConfig expected, List<Integer> teachers) throws IOException {
        ModelState half = ModelStateFiles.readFloat(run.resolve("20-half"));
        assertEquals(expected, half.config());
        assertEquals(
                teachers,
                ModelStateFiles.read(run.resolve("20-half"), half.quantization())
                        .teacherLayers());
        StageRecord trained = StageRecord.read(run.resolve("21-half+binary"));
        assertTrue(
                trained.metrics().values().stream().allMatch(Double::isFinite),
                trained.metrics().toString());
    }

    private static void assertPacked(Path run, String weight) throws IOException {
        for (String name : List.of("1W8A2L", "2L-W4A8")) {
            PackedFile packed = PackedFile.readAny(run.resolve("50-export").resolve(name + ".bantam"));
            PackedTensor tensor = (PackedTensor) packed.tensors().get(weight);
            assertEquals(name.startsWith("1W") ? Scheme.BINARY : Scheme.ASYMMETRIC, tensor.scheme());
            assertEquals(8, packed.activations().bits());
            assertEquals(
                    packed.model().activationNames().size(),
                    packed.activations().ranges().size());
            // The folder of the same variant holds the same values.
            ModelState folder =
                    ModelStateFiles.readFloat(run.resolve("50-export").resolve(name));
            assertArrayEquals(tensor.toFloats(), folder.weights().get(weight), 1e-6f);
        }
    }
}
