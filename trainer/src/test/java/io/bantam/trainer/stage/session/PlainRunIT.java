package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.completion.Sampling;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.hub.TinyFamilies;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.tokenizer.BpeModel;
import io.bantam.trainer.tokenizer.BpeTrainer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.tokenizer.TokenizerKinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Models of text as it stands, from a folder of source code to completions of it. */
class PlainRunIT {
    private static final String LOADED = """
            version: 1
            name: plain
            seed: 7
            device: cpu
            threads: 1
            data:
              source: {kind: folder, path: code}
              sequenceLength: 16
              split: {validation: 0.1, test: 0.2}
            teacher: {kind: load, path: teacher}
            stages:
              half: {kind: reduce, layers: every-second}
              binary:
                kind: distill
                quantization: {weights: {bits: 1}, embedding: {bits: 8}, activations: {bits: 8}}
                training: {steps: 6, batchSize: 4, learningRate: 3.0e-3}
                loss: {hidden: {weight: 0.1}, attention: {weight: 0.1}}
            variants: {teacher: [], 1W8A2L: [half, binary]}
            evaluation: {samples: 6, maximumNewTokens: 6, bootstrap: 10}
            """;

    private static final String TRAINED = """
            version: 1
            name: plain
            seed: 7
            device: cpu
            threads: 1
            data:
              source: {kind: folder, path: code}
              form: plain
              sequenceLength: 32
              split: {validation: 0.1, test: 0.2}
            teacher:
              kind: train
              tokenizer: {vocabularySize: 512}
              model: {layers: 2, width: 48, heads: 2, context: 64}
              training: {steps: 200, batchSize: 8, learningRate: 5.0e-3, warmupSteps: 10, evaluateEvery: 100, \
            checkpointEvery: 200}
            stages:
              w8: {kind: ptq, weights: {bits: 8}}
            variants: {teacher: [], W8: [w8]}
            evaluation: {samples: 20, maximumNewTokens: 24, bootstrap: 10}
            """;

    @TempDir
    Path folder;

    /** Files whose every line but the first says what must follow. */
    @BeforeEach
    void write() throws IOException {
        Files.createDirectories(folder.resolve("code"));
        Random random = new Random(5);
        List<String> names = List.of("total", "index", "value", "result", "items", "path", "count", "width", "depth");
        for (int file = 0; file < 80; file++) {
            StringBuilder text = new StringBuilder("import os\n\n");
            for (int function = 0; function < 4; function++) {
                String one = names.get(random.nextInt(names.size()));
                text.append("def get_%s%d(self):\n    # the %1$s\n    return self.%1$s\n\n"
                        .formatted(one, random.nextInt(1000)));
            }
            Files.writeString(folder.resolve("code").resolve("f" + file + ".py"), text);
        }
    }

    private void writeTeacher(String family, String tokenizer) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int file = 0; file < 80; file++) {
            texts.add(Files.readString(folder.resolve("code").resolve("f" + file + ".py")));
        }
        BpeModel words = new BpeTrainer(SpecialTokens.plain(), 400).train(texts);
        byte[] json = TokenizerKinds.json(tokenizer, words);
        String config = TinyFamilies.config(
                family, BytePairTokenizer.of(json, tokenizer).vocabularySize(), 4);
        TinyFamilies.write(folder.resolve("teacher"), config, TinyFamilies.tensors(config, 9));
        Files.write(folder.resolve("teacher").resolve("tokenizer.json"), json);
    }

    @ParameterizedTest
    @CsvSource({"qwen2, qwen2", "llama, llama2"})
    void ofAFamilyWithoutTheTokensOfPy150(String family, String tokenizer) throws IOException {
        writeTeacher(family, tokenizer);
        Path run = folder.resolve("run");
        Path recipe = Files.writeString(folder.resolve("plain.yaml"), LOADED);
        Comparison comparison = SmallRun.run(recipe, run, false);
        assertEquals(2, comparison.entries().size());
        Path file = run.resolve("50-export/1W8A2L.bantam");
        assertEquals(TextForm.PLAIN, PackedFile.read(file).textForm().orElseThrow());
        List<LinePrediction> predictions = predictions(run, "1W8A2L");
        assertEquals(6, predictions.size());
        StringBuilder samples = new StringBuilder();
        try (PackedModel model = PackedModel.load(file)) {
            for (LinePrediction prediction : predictions) {
                assertFalse(prediction.context().contains("<EOL>"), prediction.context());
                assertFalse(prediction.prediction().contains("\n"), prediction.prediction());
                samples.append(JsonMapper.shared()
                                .writeValueAsString(Map.of(
                                        "id",
                                        prediction.id(),
                                        "input",
                                        prediction.context(),
                                        "gt",
                                        prediction.truth())))
                        .append('\n');
            }
            CompletionOptions options = new CompletionOptions(6, 2, Sampling.GREEDY, List.of());
            assertFalse(model.complete("def get_total(", options, piece -> true)
                    .text()
                    .contains("<"));
        }
        Path data = Files.writeString(folder.resolve("raw.jsonl"), samples);
        Path again = folder.resolve("again.jsonl");
        for (String model : List.of(run.resolve("10-teacher").toString(), file.toString())) {
            Shell shell = new Shell()
                    .run(
                            "evaluate",
                            model,
                            "--data",
                            data.toString(),
                            "--max-tokens",
                            "6",
                            "--predictions",
                            again.toString());
            assertEquals(ExitCode.OK, shell.code(), shell.err());
        }
        List<String> lines = Files.readAllLines(again);
        for (int i = 0; i < lines.size(); i++) {
            assertEquals(
                    predictions.get(i).prediction(),
                    JsonMapper.shared()
                            .readValue(lines.get(i), LinePrediction.class)
                            .prediction());
        }
        Shell normal = new Shell().run("complete", file.toString(), "--normal-form", "--prompt", "<s> x =");
        assertTrue(normal.err().contains("reads plain code; leave the option out"), normal.err());
    }

    /** Its tokenizer was trained here; what it learnt shows that text goes in and comes out as it stands. */
    @Test
    void ofATeacherThatIsTrained() throws IOException {
        Path run = folder.resolve("run");
        Comparison comparison = SmallRun.run(Files.writeString(folder.resolve("plain.yaml"), TRAINED), run, false);
        double similarity = comparison
                .entries()
                .getFirst()
                .result()
                .quality()
                .editSimilarity()
                .value();
        assertTrue(similarity > 60, "edit similarity " + similarity);
        CompletionOptions options = new CompletionOptions(24, 2, Sampling.GREEDY, List.of());
        try (PackedModel model = PackedModel.load(run.resolve("50-export/W8.bantam"))) {
            String text = model.complete("import os\n\ndef get_count7(se", options, piece -> true)
                    .text();
            assertTrue(text.startsWith("lf):\n    # the "), text);
        }
    }

    private static List<LinePrediction> predictions(Path run, String variant) throws IOException {
        return Files.readAllLines(RunFolder.predictionsFile(run, variant)).stream()
                .map(line -> JsonMapper.shared().readValue(line, LinePrediction.class))
                .toList();
    }
}
