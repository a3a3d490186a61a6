package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.model.Generator;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.hub.TinyFamilies;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import io.bantam.trainer.tokenizer.BpeModel;
import io.bantam.trainer.tokenizer.BpeTrainer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.tokenizer.TokenizerKinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model of another family than GPT-2, from its folder through every kind of stage to a completion. */
class FamilyRunIT {
    private static final String RECIPE = """
            version: 1
            name: family
            seed: 7
            device: cpu
            threads: 1
            data:
              source: {kind: text, path: text.txt}
              sequenceLength: 16
              split: {validation: 0.1, test: 0.1}
            teacher: {kind: load, path: teacher}
            stages:
              half: {kind: reduce, layers: every-second}
              binary:
                kind: distill
                quantization:
                  weights: {bits: 1}
                  embedding: {bits: 8}
                  activations: {bits: 8}
                training: {steps: 20, batchSize: 4, learningRate: 3.0e-3, evaluateEvery: 10, checkpointEvery: 20}
                loss: {hidden: {weight: 0.1}, attention: {weight: 0.1}}
              gptq:
                kind: ptq
                method: gptq
                weights: {bits: 4, symmetric: false, granularity: {group: 16}}
                embedding: {bits: 8}
                activations: {bits: 8, mode: static}
                calibration: {samples: 4}
            variants:
              teacher: []
              1W8A2L: [half, binary]
              2L W4A8: [half, gptq]
            evaluation: {samples: 2, maximumNewTokens: 4, bootstrap: 10}
            export: {formats: [packed, gguf, onnx]}
            """;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama, llama2",
        "deepseek, deepseek-coder",
        "llama3, llama3",
        "mistral, llama2",
        "qwen2 untied, qwen2",
        "starcoder2, starcoder2",
        "gptj, gpt2",
        "codegen, codegen",
        "incoder, incoder"
    })
    void fromAFolderToACompletion(String family, String tokenizer) throws IOException {
        Path recipe = SmallRun.write(folder, RECIPE);
        BpeModel words =
                new BpeTrainer(SpecialTokens.py150(), 600).train(Files.readAllLines(folder.resolve("text.txt")));
        Path teacher = folder.resolve("teacher");
        byte[] json = TokenizerKinds.json(tokenizer, words);
        int vocabulary = BytePairTokenizer.of(json, tokenizer).vocabularySize();
        String config = TinyFamilies.config(family, vocabulary, 4);
        TinyFamilies.write(teacher, config, TinyFamilies.tensors(config, 9));
        Files.write(teacher.resolve("tokenizer.json"), json);

        Path run = folder.resolve("run");
        Comparison comparison = SmallRun.run(recipe, run, false);

        assertEquals(3, comparison.entries().size());
        StageRecord trained = StageRecord.read(run.resolve("21-half+binary"));
        assertTrue(
                trained.metrics().values().stream().allMatch(Double::isFinite),
                trained.metrics().toString());
        ModelState whole = ModelStateFiles.readFloat(teacher);
        ModelState half = ModelStateFiles.readFloat(run.resolve("20-half"));
        assertEquals(whole.decoder().withLayers(2), half.config());
        assertEquals(
                List.of(1, 3),
                ModelStateFiles.read(run.resolve("20-half"), half.quantization())
                        .teacherLayers());
        for (String name : List.of("1W8A2L", "2L-W4A8")) {
            Path file = run.resolve("50-export").resolve(name + ".bantam");
            PackedFile packed = PackedFile.read(file);
            assertEquals(whole.decoder().architecture(), packed.config().architecture());
            PackedTensor weight = (PackedTensor) packed.tensors().get("h.1.attn.c_attn.weight");
            assertEquals(name.startsWith("1W") ? Scheme.BINARY : Scheme.ASYMMETRIC, weight.scheme());
            for (String embedding : packed.config().embeddings()) {
                assertEquals(8, ((PackedTensor) packed.tensors().get(embedding)).bits(), embedding);
            }
            int[] added = new Generator(PackedDecoder.of(packed, 1))
                    .generate(new int[] {0, 300, 17}, Generator.Options.greedy(8, -1));
            assertEquals(8, added.length);
            BytePairTokenizer.of(packed.tokenizerJson(), name);
            boolean llamaCpp = !List.of("gptj", "codegen", "incoder").contains(family);
            assertEquals(llamaCpp, Files.exists(file.resolveSibling(name + ".gguf")));
            assertTrue(Files.exists(file.resolveSibling(name + ".onnx")));
        }
    }
}
