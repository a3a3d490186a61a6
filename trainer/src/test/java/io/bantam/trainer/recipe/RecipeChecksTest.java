package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What only shows when several keys are looked at together. */
class RecipeChecksTest {
    private static final String TRAIN = "training: {steps: 10}";
    private static final String QUANTIZED_TWICE =
            "r.yaml:7:32 variants.v[1]: stage 'q' quantizes after '%s' has quantized the model; put it before '%s',"
                    + " make a variant without one of them, or, behind training, to change only the embedding and"
                    + " activations, give it the same bits, symmetric, granularity, include and exclude, and no method";

    private static Arguments line(int line, String text, String... problems) {
        return Arguments.of(Recipes.leastWith(line, text), List.of(problems));
    }

    private static Arguments stages(String stages, String variant, String... problems) {
        return Arguments.of(Recipes.withStages(stages, variant), List.of(problems));
    }

    static Stream<Arguments> dataTeacherEvaluation() {
        String teacher =
                "teacher: {kind: train, model: {layers: 12, width: 192, heads: %s, context: %s}, training: {%s}}";
        return Stream.of(
                line(
                        3,
                        "data: {source: {kind: bundled}, split: {validation: 0.5, test: 0.5}}",
                        "r.yaml:3:40 data.split: validation and test leave nothing to train on;"
                                + " let them sum to less than 1"),
                line(
                        3,
                        "data: {source: {kind: bundled}, split: {validation: 0}}",
                        "r.yaml:3:53 data.split.validation: no validation text, but the teacher measures the"
                                + " validation loss; write 0.02"),
                line(
                        3,
                        "data: {source: {kind: bundled}, split: {test: 0}}",
                        "r.yaml:3:47 data.split.test: no test text, but evaluation cuts its samples from it;"
                                + " write 0.02, or evaluate a file"),
                line(
                        3,
                        "data: {source: {kind: bundled}, sequenceLength: 513}",
                        "r.yaml:3:49 data.sequenceLength: sequences of 513 tokens do not fit the teacher's context of"
                                + " 512; at most 512"),
                line(
                        4,
                        teacher.formatted("5", "512", "steps: 10"),
                        "r.yaml:4:63 teacher.model.heads: 5 heads do not divide a width of 192; change heads or width"),
                line(
                        4,
                        teacher.formatted("6", "512", "steps: 10, warmupSteps: 11"),
                        "r.yaml:4:116 teacher.training.warmupSteps: a warm-up of 11 steps does not fit into 10 steps;"
                                + " at most 10"),
                line(
                        5,
                        "report: {published: {source: s, dataSet: d, figures: [{variant: 7L, exactMatch: 1}]}}",
                        "r.yaml:5:65 report.published.figures[0].variant: no variant is called '7L'; nearest valid"
                                + " variant: '6L'"),
                line(
                        5,
                        "evaluation: {baseline: 7L}",
                        "r.yaml:5:24 evaluation.baseline: no variant is called '7L'; nearest valid variant: '6L'"),
                line(
                        5,
                        "evaluation: {rule: file}",
                        "r.yaml:5:20 evaluation.rule: the rule 'file' needs a file; add file: samples.jsonl"),
                line(
                        5,
                        "evaluation: {file: a.jsonl}",
                        "r.yaml:5:20 evaluation.file: the rule 'random-cut' reads no file;"
                                + " write rule: file, or remove file"),
                line(
                        5,
                        "evaluation: {maximumNewTokens: 512}",
                        "r.yaml:5:32 evaluation.maximumNewTokens: 512 new tokens leave no room in a context of 512;"
                                + " less than 512"));
    }

    static Stream<Arguments> layersAndOrder() {
        String half = "half: {kind: reduce, layers: every-second}";
        String ptq = "q: {kind: ptq, weights: {bits: 8}}";
        String floats = "d: {kind: distill, " + TRAIN + "}";
        String binary = "b: {kind: distill, quantization: {weights: {bits: 1}}, " + TRAIN + "}";
        return Stream.of(
                stages(
                        "{half: {kind: reduce, layers: [1, 12]}}",
                        "[half]",
                        "r.yaml:6:43 stages.half.layers[1]: layer 12 does not exist; the model has 12 layers, 0 to 11;"
                                + " use [1, 3, 5, 7, 9, 11] for every second layer"),
                stages(
                        "{half: {kind: reduce, layers: [3, 3]}}",
                        "[half]",
                        "r.yaml:6:43 stages.half.layers[1]: layer 3 is listed twice; name each layer once"),
                stages(
                        "{" + half + ", again: {kind: reduce, layers: [6]}}",
                        "[half, again]",
                        "r.yaml:6:85 stages.again.layers[0]: layer 6 does not exist; the model has 6 layers, 0 to 5;"
                                + " use [1, 3, 5] for every second layer"),
                stages(
                        "{s: {kind: reduce, layers: first}}",
                        "[s]",
                        "r.yaml:6:36 stages.s.layers: 'first' needs to know how many; add keep: 6"),
                stages(
                        "{s: {kind: reduce, layers: every-second, keep: 3}}",
                        "[s]",
                        "r.yaml:6:56 stages.s.keep: 'every-second' keeps half; remove keep, or use layers: evenly"),
                stages(
                        "{s: {kind: reduce, layers: [1], keep: 1}}",
                        "[s]",
                        "r.yaml:6:47 stages.s.keep: the list says how many already; remove keep"),
                stages(
                        "{s: {kind: reduce, layers: last, keep: 13}}",
                        "[s]",
                        "r.yaml:6:48 stages.s.keep: cannot keep 13 layers; the model has 12; at most 12"),
                stages(
                        "{" + half + "}",
                        "[hlaf]",
                        "r.yaml:7:29 variants.v[0]: no stage is called 'hlaf'; nearest valid stage: 'half'"),
                stages(
                        "{" + half + "}",
                        "[half, half]",
                        "r.yaml:7:35 variants.v[1]: stage 'half' comes twice; define a second stage for it"),
                stages(
                        "{" + half + ", " + ptq + "}",
                        "[q, half]",
                        "r.yaml:7:32 variants.v[1]: stage 'half' removes layers after 'q' has quantized the model;"
                                + " put it before 'q', or make a variant without one of them"),
                stages(
                        "{" + half + ", " + binary + "}",
                        "[b, half]",
                        "r.yaml:7:32 variants.v[1]: stage 'half' removes layers after 'b' has quantized the model;"
                                + " put it before 'b', or make a variant without one of them"),
                stages(
                        "{" + floats + ", " + ptq + "}",
                        "[q, d]",
                        "r.yaml:7:32 variants.v[1]: stage 'd' trains in floating point after 'q' has quantized the"
                                + " model; put it before 'q', or make a variant without one of them"),
                stages("{" + binary + ", " + ptq + "}", "[q, b]"),
                stages(
                        "{" + floats + ", " + binary + "}",
                        "[b, d]",
                        "r.yaml:7:32 variants.v[1]: stage 'd' trains in floating point after 'b' has quantized the"
                                + " model; put it before 'b', or make a variant without one of them"),
                stages("{" + binary + ", " + ptq + "}", "[b, q]", QUANTIZED_TWICE.formatted("b", "b")),
                stages("{" + binary + ", q: {kind: ptq, weights: {bits: 1}, embedding: {bits: 4}}}", "[b, q]"),
                stages(
                        "{" + binary + ", q: {kind: ptq, weights: {bits: 1, granularity: {group: 64}}}}",
                        "[b, q]",
                        QUANTIZED_TWICE.formatted("b", "b")),
                stages(
                        "{p: {kind: ptq, weights: {bits: 1}}, q: {kind: ptq, weights: {bits: 1}, embedding: {}}}",
                        "[p, q]",
                        QUANTIZED_TWICE.formatted("p", "p")),
                stages("{" + floats + ", " + half + ", " + binary + ", c" + binary + "}", "[d, half, b, cb]"),
                stages("{" + floats + ", " + half + ", " + ptq + "}", "[half, d, q]"));
    }

    static Stream<Arguments> quantization() {
        return Stream.of(
                ptq(
                        "weights: {bits: 1, symmetric: false}",
                        "r.yaml:6:55 stages.s.weights.symmetric: 1-bit and ternary weights are symmetric;"
                                + " remove it, or use 2 to 8 bits"),
                ptq(
                        "weights: {bits: 8}, embedding: {bits: ternary, symmetric: false}",
                        "r.yaml:6:83 stages.s.embedding.symmetric: 1-bit and ternary weights are symmetric;"
                                + " remove it, or use 2 to 8 bits"),
                ptq(
                        "weights: {bits: 8, granularity: {group: 60}}",
                        "r.yaml:6:65 stages.s.weights.granularity.group: a group of 60 does not divide the 192 columns"
                                + " of the model's matrices; nearest divisor: 64"),
                ptq(
                        "weights: {bits: 8, include: ['h.*.mlp.*', 'h.12.*']}",
                        "r.yaml:6:67 stages.s.weights.include[1]: 'h.12.*' matches no linear layer of the model;"
                                + " layers are h.0.attn.c_attn, h.0.attn.c_proj, h.0.mlp.c_fc, h.0.mlp.c_proj to"
                                + " h.11.mlp.c_proj; * stands for any text"),
                ptq(
                        "weights: {bits: 8, exclude: [lm_head]}",
                        "r.yaml:6:54 stages.s.weights.exclude[0]: 'lm_head' matches no linear layer of the model;"
                                + " layers are h.0.attn.c_attn, h.0.attn.c_proj, h.0.mlp.c_fc, h.0.mlp.c_proj to"
                                + " h.11.mlp.c_proj; * stands for any text"),
                ptq(
                        "method: gptq, weights: {bits: 1}",
                        "r.yaml:6:33 stages.s.method: 'gptq' has no 1-bit weights;"
                                + " use bits: ternary or 2 to 8, or method: round-to-nearest"),
                ptq(
                        "method: auto-round, weights: {bits: ternary}",
                        "r.yaml:6:33 stages.s.method: 'auto-round' has no ternary weights;"
                                + " use bits: 2 to 8, or method: gptq"),
                ptq(
                        "method: auto-round, weights: {bits: 2}, calibration: {samples: 7}",
                        "r.yaml:6:13 stages.s.autoRound.batchSize: a step of 8 sequences does not fit into a"
                                + " calibration of 7; at most 7"),
                ptq(
                        "method: gpt, weights: {bits: 4}",
                        "r.yaml:6:33 stages.s.method: 'gpt' is not a valid value; nearest valid value: 'gptq'"),
                ptq(
                        "method: gptq, weights: {bits: 4}, calibration: {samples: 0}",
                        "r.yaml:6:82 stages.s.calibration.samples: 0 is too small; at least 1"),
                ptq(
                        "weights: {bits: 8}, activations: {group: 60}",
                        "r.yaml:6:66 stages.s.activations.group: groups of 60 features do not divide the 192 columns"
                                + " of the model's matrices; nearest divisor: 64"),
                ptq(
                        "weights: {bits: 8}, activations: {group: 32, mode: static}",
                        "r.yaml:6:66 stages.s.activations.group: a group has a scale for every token, but the mode is"
                                + " static; write mode: dynamic, or remove group"),
                ptq(
                        "weights: {bits: 8}, activations: {group: 32, bits: 16}",
                        "r.yaml:6:66 stages.s.activations.group: inputs of 16 bits stay in floating point; write"
                                + " bits: 8, or remove group"),
                qat(
                        "weights: {bits: 1}, activations: {group: 32, mode: static}",
                        "r.yaml:6:85 stages.s.quantization.activations.group: a group has a scale for every token,"
                                + " but the mode is static; write mode: dynamic, or remove group"),
                ptq(
                        "weights: {bits: 8}, activations: {groups: 5}",
                        "r.yaml:6:67 stages.s.activations.groups: 5 groups do not divide the 192 features of the model"
                                + " equally; nearest divisor: 4"),
                ptq(
                        "weights: {bits: 8}, activations: {overrides: [{include: [h.12.mlp.sum], bits: 16}]}",
                        "r.yaml:6:82 stages.s.activations.overrides[0].include[0]: 'h.12.mlp.sum' matches no activation"
                                + " of the model; inputs have the names of their layers, as h.0.mlp.c_fc, and sums are"
                                + " h.0.attn.sum, h.0.mlp.sum to h.11.mlp.sum; * stands for any text"),
                ptq(
                        "weights: {bits: 8}, activations: {overrides: [{include: ['*.sum'], bits: 12}]}",
                        "r.yaml:6:98 stages.s.activations.overrides[0].bits: 12 is not one of 4, 8, 16, 32;"
                                + " nearest valid value: 8"),
                ptq(
                        "weights: {bits: 8}, smoothing: 0.5, activations: {groups: 4}",
                        "r.yaml:6:83 stages.s.activations.groups: 'smoothing' scales the inputs already;"
                                + " remove one of them"),
                ptq(
                        "weights: {bits: 4, overrides: [{include: [h.12.*], bits: 8}]}",
                        "r.yaml:6:67 stages.s.weights.overrides[0].include[0]: 'h.12.*' matches no linear layer of the"
                                + " model; layers are h.0.attn.c_attn, h.0.attn.c_proj, h.0.mlp.c_fc, h.0.mlp.c_proj to"
                                + " h.11.mlp.c_proj; * stands for any text"),
                ptq(
                        "weights: {bits: ternary, budget: {averageBits: 3}}",
                        "r.yaml:6:58 stages.s.weights.budget: a budget chooses among widths of 2 to 8 bits, and bits is"
                                + " none; write bits: 4"),
                ptq(
                        "weights: {bits: 8, budget: {averageBits: 3, widths: [4]}}",
                        "r.yaml:6:66 stages.s.weights.budget.averageBits: no width is as small as 3.0 bits;"
                                + " add a smaller one to widths"),
                ptq(
                        "weights: {bits: 4, budget: {widths: [2]}}",
                        "r.yaml:6:52 stages.s.weights.budget: nothing is bounded; give averageBits or bytes"),
                ptq(
                        "weights: {bits: 4, budget: {averageBits: 3, bytes: 5000000}}",
                        "r.yaml:6:76 stages.s.weights.budget.bytes: averageBits is the bound already;"
                                + " remove one of them"),
                ptq(
                        "weights: {bits: 4, budget: {bytes: 0}}",
                        "r.yaml:6:60 stages.s.weights.budget.bytes: 0 is too small; at least 1"),
                ptq(
                        "weights: {bits: 4, budget: {bytes: 5 MB}}",
                        "r.yaml:6:60 stages.s.weights.budget.bytes: '5 MB' is not a whole number;"
                                + " write digits only, such as 8"),
                ptq(
                        "method: awq, weights: {bits: 4}, smoothing: 0.5",
                        "r.yaml:6:69 stages.s.smoothing: 'awq' scales the inputs by itself;"
                                + " remove smoothing, or use another method"),
                ptq(
                        "weights: {bits: 3}, calibration: {kind: text}",
                        "r.yaml:6:65 stages.s.calibration.kind: the kind 'text' needs a text; add path: text.txt"),
                ptq(
                        "weights: {bits: 3}, calibration: {path: a.txt}",
                        "r.yaml:6:65 stages.s.calibration.path: the kind 'code' reads no file;"
                                + " write kind: text, or remove path"),
                ptq(
                        "method: aqlm, weights: {bits: 3}, aqlm: {vector: 4}",
                        "r.yaml:6:74 stages.s.aqlm.vector: the 12 bits of 4 weights are no whole number of 8-bit codes;"
                                + " use vector: 8"),
                ptq(
                        "method: aqlm, weights: {bits: 2, granularity: {group: 64}}, biasCorrection: true",
                        "r.yaml:6:71 stages.s.weights.granularity: 'aqlm' has one scale a row; remove granularity",
                        "r.yaml:6:101 stages.s.biasCorrection: 'aqlm' fits the biases by itself;"
                                + " remove biasCorrection"),
                ptq(
                        "method: aqlm, weights: {bits: 2}, aqlm: {vector: 5, codeBits: 5}, calibration: {samples: 7}",
                        "r.yaml:6:65 stages.s.aqlm.batchSize: a step of 8 sequences does not fit into a calibration of"
                                + " 7; at most 7",
                        "r.yaml:6:74 stages.s.aqlm.vector: codewords of 5 weights do not divide the 192 columns of the"
                                + " model's matrices; nearest divisor: 4"),
                qat(
                        "weights: {bits: ternary, symmetric: false}",
                        "r.yaml:6:80 stages.s.quantization.weights.symmetric: 1-bit and ternary weights are symmetric;"
                                + " remove it, or use 2 to 8 bits"),
                qat(
                        "weights: {bits: 4, granularity: {group: 100}}",
                        "r.yaml:6:84 stages.s.quantization.weights.granularity.group: a group of 100 does not divide"
                                + " the 192 columns of the model's matrices; nearest divisor: 96"),
                qat(
                        "weights: {bits: 1}, schedule: {startStep: 10}",
                        "r.yaml:6:86 stages.s.quantization.schedule.startStep: step 10 never comes; the stage has 10"
                                + " steps; less than 10"),
                qat(
                        "weights: {bits: 1}, schedule: {startBits: 4}",
                        "r.yaml:6:86 stages.s.quantization.schedule.startBits: how long each width lasts is not said;"
                                + " add stepsPerBit: 100"),
                qat(
                        "weights: {bits: 1}, schedule: {stepsPerBit: 4}",
                        "r.yaml:6:88 stages.s.quantization.schedule.stepsPerBit: no width falls without startBits;"
                                + " add startBits: 8, or remove stepsPerBit"),
                qat(
                        "weights: {bits: ternary}, schedule: {startBits: 2, stepsPerBit: 1}",
                        "r.yaml:6:92 stages.s.quantization.schedule.startBits: a start at 2 bits is not above the"
                                + " weights' own width; write 3 to 8"),
                qat(
                        "weights: {bits: 8}, schedule: {startBits: 8, stepsPerBit: 1}",
                        "r.yaml:6:86 stages.s.quantization.schedule.startBits: a start at 8 bits is not above the"
                                + " weights' own width; remove it"),
                qat(
                        "weights: {bits: 1}, schedule: {startBits: 4, stepsPerBit: 4}",
                        "r.yaml:6:74 stages.s.quantization.schedule: the last layer has its own width at step 12, but"
                                + " the stage has only 10 steps; start earlier or go faster"),
                qat("weights: {bits: 1}, schedule: {startBits: 4, stepsPerBit: 3}"),
                qat(
                        "weights: {bits: 1}, schedule: {stepsBetweenLayers: 1}",
                        "r.yaml:6:74 stages.s.quantization.schedule: the last layer has its own width at step 11, but"
                                + " the stage has only 10 steps; start earlier or go faster"));
    }

    static Stream<Arguments> losses() {
        return Stream.of(
                distill(
                        "loss: {logits: {weight: 0}, hidden: {weight: 0}, attention: {weight: 0}}",
                        "r.yaml:6:58 stages.s.loss: every term has weight 0;"
                                + " give one a weight, such as logits: {weight: 1}"),
                distill(
                        "loss: {hidden: {layers: [0, 1]}}",
                        "r.yaml:6:76 stages.s.loss.hidden.layers: 2 entries for the student's 13 states;"
                                + " give 13 entries, or null"),
                distill(
                        "loss: {hidden: {layers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]}}",
                        "r.yaml:6:115 stages.s.loss.hidden.layers[12]: the teacher has no state 13; write 0 to 12"),
                distill(
                        "loss: {attention: {layers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]}}",
                        "r.yaml:6:114 stages.s.loss.attention.layers[11]: the teacher has no layer 12; write 0 to 11"),
                distill(
                        "loss: {hidden: {layers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1]}}",
                        "r.yaml:6:115 stages.s.loss.hidden.layers[12]: -1 is too small; at least 0"),
                stages(
                        "{half: {kind: reduce, layers: last, keep: 2}, s: {kind: distill, " + TRAIN
                                + ", loss: {hidden: {layers: [9, 11, 12]}, attention: {layers: [10, 11]}}}}",
                        "[half, s]"));
    }

    @Test
    void whatACacheLacksIsNotToBeLearnt() {
        String recipe = Recipes.withStages(
                        "{d: {kind: distill, " + TRAIN + ", loss: {logits: {temperature: 2}, attention: {weight: 0}}}}",
                        "[d]")
                .replace("kind: train,", "kind: train, cache: topk,");
        assertEquals(
                List.of(
                        "the teacher's cache has no hidden states; write 0, name those it shall keep under"
                                + " teacher.cacheHidden, or write teacher: {cache: none}",
                        "the teacher's cache holds probabilities at temperature 1; write 1, or teacher: {cache: none}"),
                Recipes.problems(recipe).stream()
                        .map(problem -> problem.substring(problem.indexOf(": ") + 2))
                        .toList());
    }

    private static Arguments ptq(String keys, String... problems) {
        return stages("{s: {kind: ptq, " + keys + "}}", "[s]", problems);
    }

    private static Arguments qat(String keys, String... problems) {
        return stages("{s: {kind: distill, quantization: {" + keys + "}, " + TRAIN + "}}", "[s]", problems);
    }

    private static Arguments distill(String keys, String... problems) {
        return stages("{s: {kind: distill, " + TRAIN + ", " + keys + "}}", "[s]", problems);
    }

    @ParameterizedTest
    @MethodSource({"dataTeacherEvaluation", "layersAndOrder", "quantization", "losses"})
    void saysWhereWhatAndWhatToDo(String yaml, List<String> expected) {
        assertEquals(expected, Recipes.problems(yaml));
    }

    /** Recipes in run folders of earlier versions have them. */
    @Test
    void keysThatChangedNothingAreReadWithAWarning() {
        String yaml = Recipes.leastWith(3, "data: {source: {kind: folder, path: code, language: python}}");
        LoadedRecipe loaded = Recipes.loader().parse(yaml, "r.yaml", Path.of("."));
        String line =
                "data.source.language: this key changes nothing; remove it: the form py150 is of Python alone, and"
                        + " plain text may be of any language";
        assertEquals(
                List.of("r.yaml:3:43 " + line),
                loaded.warnings().stream().map(Problem::toString).toList());
        assertEquals(loaded.recipe(), Recipes.read(Recipes.leastWith(3, "data: {source: {kind: folder, path: code}}")));
        LoadedRecipe overridden = Recipes.loader()
                .withOverrides(List.of("data.source={kind: json-lines, path: a, field: b, language: java}"))
                .parse(Recipes.LEAST, "r.yaml", Path.of("."));
        assertEquals(1, overridden.warnings().size());
    }

    @Test
    void unusedStagesAndEqualVariantsAreWarnings() {
        String yaml = Recipes.leastWith(7, "variants: {teacher: [], same: []}");
        LoadedRecipe loaded = Recipes.loader().parse(yaml, "r.yaml", Path.of("."));
        assertEquals(
                List.of(
                        "r.yaml:6:16 stages.half: no variant uses this stage; name it in a variant or remove it",
                        "r.yaml:7:31 variants.same: the same stages as in 'teacher'; remove one of them"),
                loaded.warnings().stream().map(Problem::toString).toList());
    }
}
