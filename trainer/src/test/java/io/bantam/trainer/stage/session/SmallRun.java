package io.bantam.trainer.stage.session;

import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.stage.RunOrigin;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A recipe that trains, compresses, exports and evaluates models of two small layers in seconds. */
public final class SmallRun {
    public static final String RECIPE = """
            version: 1
            name: small
            seed: 7
            device: cpu
            threads: 1
            data:
              source: {kind: text, path: text.txt}
              sequenceLength: 32
              split: {validation: 0.1, test: 0.1}
            teacher:
              kind: train
              tokenizer: {vocabularySize: 600}
              model: {layers: 4, width: 32, heads: 2, context: 48}
              training: {steps: 12, batchSize: 4, learningRate: 3.0e-3, evaluateEvery: 6, checkpointEvery: 4}
            stages:
              half: {kind: reduce, layers: every-second}
              important: {kind: reduce, layers: importance, keep: 3, samples: 4}
              greedy: {kind: reduce, layers: greedy, keep: 2, samples: 4}
              recover:
                kind: distill
                training: {steps: 6, batchSize: 4, evaluateEvery: 3, checkpointEvery: 2}
                loss: {hidden: {weight: 0.1}, attention: {weight: 0.1}}
              binary:
                kind: distill
                quantization:
                  weights: {bits: 1}
                  embedding: {bits: 8}
                  activations: {bits: 8}
                training: {steps: 4, batchSize: 4, evaluateEvery: 2, checkpointEvery: 2}
                loss: {attention: {weight: 0}}
              ternary:
                kind: distill
                quantization:
                  weights: {bits: ternary, granularity: {group: 16}}
                  activations: {bits: 8, symmetric: false, mode: static}
                  schedule: {startStep: 1, startBits: 4, stepsPerBit: 1}
                training: {steps: 5, batchSize: 4, accumulation: 2, evaluateEvery: 5, checkpointEvery: 5}
              words:
                kind: ptq
                weights: {bits: 1}
                embedding: {bits: 4}
                activations: {bits: 8}
              w8a8:
                kind: ptq
                weights: {bits: 8}
                embedding: {bits: 8}
                activations: {bits: 8, mode: static, range: mse}
                calibration: {samples: 4}
              w4a16:
                kind: ptq
                weights: {bits: 4, symmetric: false, granularity: {group: 16}, range: mse}
                activations: {bits: 16}
              w3gptq:
                kind: ptq
                method: gptq
                weights: {bits: 3, symmetric: false, granularity: {group: 16}}
                embedding: {bits: 8}
                activations: {bits: 8}
                calibration: {samples: 12, seed: 5}
                gptq: {order: activations}
                biasCorrection: true
              w2aqlm:
                kind: ptq
                method: aqlm
                weights: {bits: 2}
                embedding: {bits: 8}
                activations: {bits: 8}
                calibration: {samples: 8}
                aqlm: {codeBits: 4, beam: 2, rounds: 1, steps: 4, batchSize: 4}
              trained:
                kind: distill
                quantization:
                  weights: {bits: 3, symmetric: false, granularity: {group: 16}}
                  embedding: {bits: 8}
                  activations: {bits: 8}
                training: {steps: 3, batchSize: 4, evaluateEvery: 3, checkpointEvery: 3}
            variants:
              teacher: []
              2L: [half, recover]
              1W8A2L: [half, recover, binary]
              TernaryW8A: [ternary]
              3L: [important]
              2L of 4: [greedy]
              PTQ W8A8: [w8a8]
              2L + PTQ W4A16: [half, recover, w4a16]
              GPTQ W3A8: [w3gptq]
              AQLM W2A8: [w2aqlm]
              GPTQ + QAT W3A8: [w3gptq, trained]
              1W8A2L 4-bit words: [half, recover, binary, words]
            evaluation: {samples: 4, maximumNewTokens: 8, bootstrap: 50}
            export: {formats: [packed, safetensors, gguf, onnx]}
            """;

    /** Two students of a teacher whose answers are kept. */
    static final String CACHED = RECIPE.substring(0, RECIPE.indexOf("stages:"))
                    .replace("kind: train\n", "kind: train\n  cache: topk\n  k: 8\n")
            + """
            stages:
              half: {kind: reduce, layers: every-second}
              recover:
                kind: distill
                training: {steps: 6, batchSize: 4}
                loss: {hidden: {weight: 0}, attention: {weight: 0}}
              binary:
                kind: distill
                quantization: {weights: {bits: 1}}
                training: {steps: 8, batchSize: 4}
                loss: {hidden: {weight: 0}, attention: {weight: 0}}
            variants: {teacher: [], 2L: [half, recover], 1W4L: [binary]}
            evaluation: {samples: 4, maximumNewTokens: 8, bootstrap: 50}
            """;

    private SmallRun() {}

    /** Writes the recipe and its text into a folder, and returns the recipe's path. */
    static Path write(Path folder) throws IOException {
        return write(folder, RECIPE);
    }

    /** The same with another recipe. */
    public static Path write(Path folder, String recipe) throws IOException {
        Random random = new Random(3);
        List<String> names = List.of("total", "index", "value", "result", "items", "name", "path", "count");
        List<String> lines = new ArrayList<>();
        for (int file = 0; file < 80; file++) {
            StringBuilder text = new StringBuilder("<s>");
            for (int line = 0; line < 20; line++) {
                String one = names.get(random.nextInt(names.size()));
                String two = names.get(random.nextInt(names.size()));
                text.append(
                        random.nextBoolean()
                                ? " " + one + " = " + two + " + <NUM_LIT:" + random.nextInt(3) + "> <EOL>"
                                : " def get_" + one + random.nextInt(50) + " ( self , " + two + " ) : <EOL>");
            }
            lines.add(text + " return result </s>");
        }
        Files.write(folder.resolve("text.txt"), lines);
        return Files.writeString(folder.resolve("small.yaml"), recipe);
    }

    public static Comparison run(Path recipe, Path runFolder, boolean resume) throws IOException {
        return new RecipeRunner(
                        new RecipeLoader().load(recipe).recipe(),
                        runFolder,
                        resume,
                        new RunOrigin("test machine", "test"),
                        ProgressListener.NONE)
                .run();
    }
}
