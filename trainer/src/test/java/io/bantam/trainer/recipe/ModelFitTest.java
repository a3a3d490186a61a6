package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.trainer.hub.TinyEncoders;
import io.bantam.trainer.hub.TinyFamilies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a teacher's {@code config.json} shows to be impossible is said before any work. */
class ModelFitTest {
    private static final String PTQ = "{v: {kind: ptq, weights: {bits: 4}, %s}}";
    private static final String DISTILL = "{v: {kind: distill, training: {steps: 4, %s}}}";

    @TempDir
    private Path folder;

    /** Problems without those of files, which this test does not make. */
    private List<String> problems(String family, String teacher, String stages) throws IOException {
        boolean encoder = TinyEncoders.CLASSIFIERS.contains(family) || TinyEncoders.DECODERS.contains(family);
        String config = encoder ? TinyEncoders.config(family, 99, 3) : TinyFamilies.config(family, 99, 3);
        Files.createDirectories(folder.resolve("teacher"));
        Files.writeString(folder.resolve("teacher/config.json"), config);
        Files.createFile(folder.resolve("teacher/model.safetensors"));
        Files.writeString(folder.resolve("data.jsonl"), "");
        boolean classifies = TinyEncoders.CLASSIFIERS.contains(family);
        String task = encoder ? (classifies ? "classification" : "generation") : "completion";
        String source = switch (task) {
            case "classification" -> "{kind: labelled, path: data.jsonl, text: a, label: b}";
            case "generation" -> "{kind: pairs, path: data.jsonl, text: a, answer: b}";
            default -> "{kind: bundled}";
        };
        String yaml = """
                version: 1
                name: fit
                task: %s
                data: {source: %s, sequenceLength: 16}
                teacher: {kind: load, path: teacher%s}
                stages: %s
                variants: {teacher: [], v: [v]}
                evaluation: {maximumNewTokens: 8}
                """.formatted(task, source, teacher, stages);
        try {
            new RecipeLoader().parse(yaml, "r.yaml", folder);
            return List.of();
        } catch (RecipeException e) {
            return e.problems().stream()
                    .filter(problem -> !problem.path().equals("teacher.path"))
                    .map(problem -> problem.path() + ": " + problem.message() + "; " + problem.advice())
                    .toList();
        }
    }

    static Stream<Arguments> unfit() {
        String decoders = "use gptq, ada-round or round-to-nearest";
        String shared =
                "scales are folded into the norm before a layer, but the attention and the feed-forward part of a"
                        + " gptj share one norm; leave it out";
        String encoder = "this is made for decoders, and a bert has an encoder; leave it out";
        return Stream.of(
                Arguments.of(
                        "bert",
                        "",
                        PTQ.formatted("method: awq"),
                        "stages.v.method: 'awq' is made for decoders, and a bert has an encoder; " + decoders),
                Arguments.of(
                        "bert",
                        "",
                        PTQ.formatted("method: auto-round"),
                        "stages.v.method: 'auto-round' is made for decoders, and a bert has an encoder; " + decoders),
                Arguments.of(
                        "roberta",
                        "",
                        PTQ.formatted("smoothing: 0.5"),
                        "stages.v.smoothing: this is made for"
                                + " decoders, and a roberta has an encoder; leave it out"),
                Arguments.of("bert", "", PTQ.formatted("biasCorrection: true"), "stages.v.biasCorrection: " + encoder),
                Arguments.of(
                        "bert",
                        "",
                        PTQ.formatted("calibration: {kind: random}"),
                        "stages.v.calibration.kind: models with an encoder are calibrated on their training data; write"
                                + " kind: code"),
                Arguments.of(
                        "bert",
                        "",
                        DISTILL.formatted("gradientCheckpointing: true"),
                        "stages.v.training.gradientCheckpointing: only decoders can run their blocks again, and the"
                                + " model has an encoder; leave it out, or use a smaller batchSize with more"
                                + " accumulation"),
                Arguments.of(
                        "t5",
                        "",
                        "{v: {kind: reduce, layers: evenly, keep: 2, decoderKeep: 4}}",
                        "stages.v.decoderKeep: cannot keep 4 layers; the model has 3; at most 3"),
                Arguments.of(
                        "gptj",
                        "",
                        PTQ.formatted("method: awq"),
                        "stages.v.method: 'awq' folds scales into the norm before a layer, but the attention and the"
                                + " feed-forward part of a gptj share one norm; " + decoders),
                Arguments.of("gptj", "", PTQ.formatted("smoothing: 0.5"), "stages.v.smoothing: " + shared),
                Arguments.of(
                        "gptj",
                        "",
                        PTQ.formatted("activations: {bits: 8, groups: 4}"),
                        "stages.v.activations.groups: " + shared),
                Arguments.of(
                        "llama",
                        "",
                        PTQ.formatted("biasCorrection: true"),
                        "stages.v.biasCorrection: it needs a bias in every linear layer, which a llama does not have;"
                                + " leave it out"),
                Arguments.of(
                        "llama",
                        "",
                        "{v: {kind: ptq, weights: {bits: 4, overrides: [{include: ['*'], bits: 8}], budget:"
                                + " {averageBits: 4.5}}}}",
                        "stages.v.weights.budget.averageBits: the smallest widths have 8.00 bits a weight, overrides"
                                + " included; give more, or smaller widths"),
                Arguments.of(
                        "llama",
                        "",
                        "{v: {kind: ptq, weights: {bits: 4, budget: {bytes: 1000}}}}",
                        "stages.v.weights.budget.bytes: with the smallest widths the codes alone take 31,872 bytes;"
                                + " give more, smaller widths, or fewer bits to the embedding"),
                Arguments.of(
                        "llama",
                        ", cache: topk, cacheHidden: [0, 99]",
                        "{v: {kind: reduce, layers: every-second}}",
                        "teacher.cacheHidden[1]: there is no hidden state 99: the teacher has 3 layers; write 0 to 3"));
    }

    @ParameterizedTest
    @MethodSource("unfit")
    void isRefusedBeforeAnyWork(String family, String teacher, String stages, String expected) throws IOException {
        assertEquals(List.of(expected), problems(family, teacher, stages));
    }
}
