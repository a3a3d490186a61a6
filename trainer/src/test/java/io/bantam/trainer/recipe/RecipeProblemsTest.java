package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with single keys and values, to the column and the word. */
class RecipeProblemsTest {

    private static Arguments line(int line, String text, String... problems) {
        return Arguments.of(Recipes.leastWith(line, text), List.of(problems));
    }

    static Stream<Arguments> numbersAndWords() {
        String data = "data: {source: {kind: bundled}, ";
        return Stream.of(
                line(1, "version: 2", "r.yaml:1:10 version: 2 is not supported; write 1"),
                line(
                        1,
                        "version: \"1\"",
                        "r.yaml:1:10 version: '1' is text, not a whole number; write 1 without quotes"),
                line(1, "version: 1.0", "r.yaml:1:10 version: 1.0 is not written as a whole number; write 1"),
                line(
                        1,
                        "version: one",
                        "r.yaml:1:10 version: 'one' is not a whole number; write digits only, such as 8"),
                line(2, "name: 7", "r.yaml:2:7 name: 7 is a number, not a text; write \"7\" if it is meant"),
                line(2, "name: 1e3", "r.yaml:2:7 name: 1e3 is a number, not a text; write \"1e3\" if it is meant"),
                line(
                        2,
                        "name: yes",
                        "r.yaml:2:7 name: yes is a truth value to YAML, not a text; write \"yes\" if it is meant"),
                line(2, "name:", "r.yaml:2:6 name: the key has no value; give one, or remove the key"),
                line(2, "name: null", "r.yaml:2:7 name: the key has no value; give one, or remove the key"),
                line(2, "name: [a]", "r.yaml:2:7 name: a list where one value belongs; write a text"),
                line(
                        2,
                        "name: a/b",
                        "r.yaml:2:7 name: 'a/b' is not allowed;"
                                + " use a letter, then letters, digits, '-' or '_' (at most 64 characters)"),
                line(
                        2,
                        "name: a\nseed: 010",
                        "r.yaml:3:7 seed: 010 begins with 0, which YAML readers take for octal; write 10 or 8"),
                line(
                        2,
                        "name: a\nseed: 019",
                        "r.yaml:3:7 seed: 019 begins with 0, which YAML readers take for octal; write 19"),
                line(
                        2,
                        "name: a\nseed: 0x10",
                        "r.yaml:3:7 seed: '0x10' is not a whole number; write digits only, such as 8"),
                line(
                        2,
                        "name: a\nseed: 1_000",
                        "r.yaml:3:7 seed: '1_000' is not a whole number; write digits only, such as 8"),
                line(2, "name: a\nseed: 1e3", "r.yaml:3:7 seed: 1e3 is not written as a whole number; write 1000"),
                line(2, "name: a\nseed: -1", "r.yaml:3:7 seed: -1 is too small; at least 0"),
                line(
                        2,
                        "name: a\nseed: 9223372036854775808",
                        "r.yaml:3:7 seed: 9223372036854775808 is too large; at most 9223372036854775807"),
                line(
                        2,
                        "name: a\nthreads: 4294967296",
                        "r.yaml:3:10 threads: 4294967296 is too large; at most 2147483647"),
                line(2, "name: a\nresume: yes", "r.yaml:3:9 resume: yes is not a truth value; write true"),
                line(2, "name: a\nresume: Off", "r.yaml:3:9 resume: Off is not a truth value; write false"),
                line(2, "name: a\nresume: \"true\"", "r.yaml:3:9 resume: 'true' is not a truth value; write true"),
                line(2, "name: a\nresume: maybe", "r.yaml:3:9 resume: maybe is not a truth value; write true or false"),
                line(
                        2,
                        "name: a\ndevice: gpus",
                        "r.yaml:3:9 device: 'gpus' is not a valid value; nearest valid value: 'gpu'"),
                line(
                        2,
                        "name: a\ndevice: quantum",
                        "r.yaml:3:9 device: 'quantum' is not a valid value; valid values: auto, cpu, gpu"),
                line(
                        3,
                        data + "sequenceLength: 1.7}",
                        "r.yaml:3:49 data.sequenceLength: 1.7 is not written as a whole number; write 1 or 2"),
                line(
                        3,
                        data + "limitMegabytes: 0}",
                        "r.yaml:3:49 data.limitMegabytes: 0.0 is too small; greater than 0"),
                line(
                        3,
                        data + "limitMegabytes: 0.12345678901234567890}",
                        "r.yaml:3:49 data.limitMegabytes: 0.12345678901234567890 cannot be kept exactly;"
                                + " write 0.12345678901234568"),
                line(
                        3,
                        data + "limitMegabytes: 1e999}",
                        "r.yaml:3:49 data.limitMegabytes: 1e999 cannot be kept exactly; write a smaller number"),
                line(
                        3,
                        data + "limitMegabytes: .inf}",
                        "r.yaml:3:49 data.limitMegabytes: '.inf' is not a number; write it as 0.5 or 5.0e-4"),
                line(
                        3,
                        data + "limitMegabytes: \"4\"}",
                        "r.yaml:3:49 data.limitMegabytes: '4' is text, not a number; write 4 without quotes"),
                line(
                        3,
                        data + "limitMegabytes: 010.5}",
                        "r.yaml:3:49 data.limitMegabytes: 010.5 begins with 0, which YAML readers take for octal;"
                                + " write 10.5"),
                line(
                        3,
                        data + "split: {validation: 1}}",
                        "r.yaml:3:53 data.split.validation: 1.0 is too large; less than 1"));
    }

    static Stream<Arguments> keysAndKinds() {
        return Stream.of(
                line(
                        2,
                        "nmae: least",
                        "r.yaml:1:1 recipe: 'name' is missing; add it: Name of the run and of its folder.",
                        "r.yaml:2:1 nmae: unknown key; nearest valid key: 'name'"),
                line(
                        2,
                        "name: a\nlearning_rate: 3",
                        "r.yaml:3:1 learning_rate: unknown key; valid keys: version, name,"
                                + " task, seed, device, threads, resume, data, teacher, stages, variants, search,"
                                + " evaluation, export, report"),
                line(2, "name: a\nname: b", "r.yaml:3:1 name: the key is given twice (first at line 2); remove one"),
                line(2, "name: a\n[x]: b", "r.yaml:3:1 recipe: a key must be a word; write key: value"),
                line(2, "name: &n a", "r.yaml:2:7 name: anchors (&name) are not used in recipes; remove it"),
                line(2, "name: !!str a", "r.yaml:2:7 name: tags (!name) are not used in recipes; remove it"),
                line(
                        3,
                        "data: bundled",
                        "r.yaml:3:7 data: a mapping is needed;"
                                + " keys here: source, form, limitMegabytes, sequenceLength, split"),
                line(
                        3,
                        "data: {source: bundled}",
                        "r.yaml:3:16 data.source: a mapping with a kind is needed;" + " write {kind: bundled}"),
                line(
                        3,
                        "data: {source: {path: x}}",
                        "r.yaml:3:16 data.source: 'kind' is missing;"
                                + " valid kinds: bundled, folder, text, json-lines, codexglue, labelled, pairs,"
                                + " several"),
                line(
                        3,
                        "data: {source: {kind: jsonlines, path: x, field: y}}",
                        "r.yaml:3:23 data.source.kind: unknown kind 'jsonlines'; nearest valid kind: 'json-lines'"),
                line(
                        3,
                        "data: {source: {kind: [a]}}",
                        "r.yaml:3:23 data.source.kind: the kind is no word;"
                                + " valid kinds: bundled, folder, text, json-lines, codexglue, labelled, pairs,"
                                + " several"),
                line(
                        3,
                        "data: {source: {kind: bundled, pth: x}}",
                        "r.yaml:3:32 data.source.pth: unknown key; valid key: kind"),
                line(
                        3,
                        "data: {source: {kind: folder, path: x, extensions: py}}",
                        "r.yaml:3:52 data.source.extensions: a list is needed; write [py]"),
                line(
                        3,
                        "data: {source: {kind: folder, path: x, extensions: []}}",
                        "r.yaml:3:52 data.source.extensions: the list is empty; give at least one entry"),
                line(
                        3,
                        "data: {source: {kind: folder, path: x, extensions: [py, .pyi]}}",
                        "r.yaml:3:57 data.source.extensions[1]: '.pyi' is not allowed;"
                                + " use letters and digits, without a dot"),
                line(
                        3,
                        "data: {source: {kind: several, sources: [{kind: bundled}, {kind: text}]}}",
                        "r.yaml:3:59 data.source.sources[1]: 'path' is missing;"
                                + " add it: The text file, gzip-compressed if it ends in .gz: one normalised file a"
                                + " line."),
                line(
                        3,
                        "data: {source: {kind: text, path: ' '}}",
                        "r.yaml:3:35 data.source.path: the path is empty; write a path relative to the recipe"),
                line(
                        6,
                        "stages: [half]",
                        "r.yaml:6:9 stages: a mapping is needed; write name: value lines",
                        "r.yaml:7:30 variants.6L[0]: no stage is called 'half'; there is no stage here"),
                line(7, "variants: {}", "r.yaml:7:11 variants: there are no entries; give at least one"),
                line(
                        7,
                        "variants: {teacher: [], a/b: [half]}",
                        "r.yaml:7:25 variants.a/b: 'a/b' is not allowed; use"
                                + " letters, digits, spaces, '+', '-' or '_', beginning with a letter or digit"
                                + " (at most 64 characters)"));
    }

    static Stream<Arguments> forms() {
        return Stream.of(
                ptq(
                        "{bits: 0}",
                        "r.yaml:6:41 stages.s.weights.bits: 0 is not a width of 1 to 8 bits; nearest valid value: 1"),
                ptq(
                        "{bits: 9}",
                        "r.yaml:6:41 stages.s.weights.bits: 9 is not a width of 1 to 8 bits; nearest valid value: 8"),
                ptq(
                        "{bits: 1.7}",
                        "r.yaml:6:41 stages.s.weights.bits: 1.7 is not written as a whole number; write 1 or 2"),
                ptq(
                        "{bits: \"1\"}",
                        "r.yaml:6:41 stages.s.weights.bits: '1' is text, not a whole number; write 1 without quotes"),
                ptq(
                        "{bits: 010}",
                        "r.yaml:6:41 stages.s.weights.bits: 010 begins with 0, which YAML readers take for octal;"
                                + " write 10 or 8"),
                ptq(
                        "{bits: ternery}",
                        "r.yaml:6:41 stages.s.weights.bits: 'ternery' is no width; nearest valid value: ternary"),
                ptq("{bits: [1]}", "r.yaml:6:41 stages.s.weights.bits: a width is needed; write 1, ternary, or 2 to 8"),
                ptq(
                        "{bits: 8, granularity: per-rwo}",
                        "r.yaml:6:57 stages.s.weights.granularity: 'per-rwo' is no granularity; nearest valid value:"
                                + " 'per-row'"),
                ptq(
                        "{bits: 8, granularity: 64}",
                        "r.yaml:6:57 stages.s.weights.granularity: '64' is no granularity;"
                                + " write per-row, per-tensor or {group: 64}"),
                ptq(
                        "{bits: 8, granularity: [64]}",
                        "r.yaml:6:57 stages.s.weights.granularity: a list is no granularity;"
                                + " write per-row, per-tensor or {group: 64}"),
                ptq(
                        "{bits: 8, granularity: {size: 64}}",
                        "r.yaml:6:57 stages.s.weights.granularity: 'group' is missing; write {group: 64}",
                        "r.yaml:6:58 stages.s.weights.granularity.size: unknown key; valid keys: group, groups"),
                ptq(
                        "{bits: 8, granularity: {group: 0}}",
                        "r.yaml:6:65 stages.s.weights.granularity.group: 0 is too small; at least 1"),
                ptq(
                        "{bits: 8, granularity: {group: }}",
                        "r.yaml:6:64 stages.s.weights.granularity.group: a whole number is needed; write 64"),
                reduce(
                        "every-secnd",
                        "r.yaml:6:36 stages.s.layers: 'every-secnd' is no choice of layers;"
                                + " nearest valid value: 'every-second'"),
                reduce(
                        "6",
                        "r.yaml:6:36 stages.s.layers: '6' is no choice of layers; write a list such as [1, 3, 5],"
                                + " or one of every-second, first, last, evenly, importance, greedy"),
                reduce(
                        "{a: 1}",
                        "r.yaml:6:36 stages.s.layers: a mapping is no choice of layers;"
                                + " write a list such as [1, 3, 5]"),
                reduce("[]", "r.yaml:6:36 stages.s.layers: the list is empty; give at least one layer"),
                reduce("[1, -1]", "r.yaml:6:40 stages.s.layers[1]: -1 is too small; at least 0"),
                reduce(
                        "[1, x]",
                        "r.yaml:6:40 stages.s.layers[1]: 'x' is not a whole number; write digits only, such as 8"),
                reduce("[1, null]", "r.yaml:6:40 stages.s.layers[1]: a layer number is needed; layers count from 0"));
    }

    private static Arguments ptq(String weights, String... problems) {
        return Arguments.of(Recipes.withStages("{s: {kind: ptq, weights: " + weights + "}}", "[s]"), List.of(problems));
    }

    private static Arguments reduce(String layers, String... problems) {
        return Arguments.of(
                Recipes.withStages("{s: {kind: reduce, layers: " + layers + "}}", "[s]"), List.of(problems));
    }

    @ParameterizedTest
    @MethodSource({"numbersAndWords", "keysAndKinds", "forms"})
    void saysWhereWhatAndWhatToDo(String yaml, List<String> expected) {
        assertEquals(expected, Recipes.problems(yaml));
    }

    @Test
    void theLeastRecipeHasNoProblem() {
        assertEquals(List.of(), Recipes.problems(Recipes.LEAST));
    }

    @Test
    void manyProblemsComeTogetherInTheOrderOfTheFile() {
        List<String> problems = Recipes.problems("""
                version: 1
                name: x
                seeed: 1
                data: {source: {kind: bundled}, sequenceLength: 1.7}
                teacher: {kind: train, model: {layers: 2, width: 9, heads: 2, context: 128}, training: {steps: 0}}
                variants: {teacher: [halff]}
                """);
        assertEquals(
                List.of(
                        "r.yaml:3:1 seeed: unknown key; nearest valid key: 'seed'",
                        "r.yaml:4:49 data.sequenceLength: 1.7 is not written as a whole number; write 1 or 2",
                        "r.yaml:5:60 teacher.model.heads: 2 heads do not divide a width of 9; change heads or width",
                        "r.yaml:5:96 teacher.training.steps: 0 is too small; at least 1",
                        "r.yaml:6:22 variants.teacher[0]: no stage is called 'halff'; there is no stage here"),
                problems);
    }

    static Stream<Arguments> brokenTexts() {
        return Stream.of(
                Arguments.of("", "r.yaml:1:1 recipe: the recipe is empty; begin with version: 1"),
                Arguments.of("# only a comment\n", "r.yaml:1:1 recipe: the recipe is empty; begin with version: 1"),
                Arguments.of(
                        "- a\n",
                        "r.yaml:1:1 recipe: a mapping is needed; keys here: version, name, task, seed, device,"
                                + " threads, resume, data, teacher, stages, variants, search, evaluation, export,"
                                + " report"),
                Arguments.of("a: [1, 2\nb: 3\n", "r.yaml:2:2 recipe: no valid YAML: "),
                Arguments.of("a: 1\n\tb: 2\n", "r.yaml:2:1 recipe: no valid YAML: "),
                Arguments.of("a: \"open\n", "r.yaml:2:1 recipe: no valid YAML: "),
                Arguments.of(
                        Recipes.LEAST + "---\na: 1\n",
                        "r.yaml:8:1 recipe: a second document begins;" + " keep one recipe a file"),
                Arguments.of(
                        "a: " + "[".repeat(60) + "]".repeat(60),
                        "r.yaml:1:54 recipe: nested deeper than 50 levels;" + " a recipe needs 7"));
    }

    @ParameterizedTest
    @MethodSource("brokenTexts")
    void brokenTextIsOneProblem(String yaml, String beginning) {
        List<String> problems = Recipes.problems(yaml);
        assertEquals(1, problems.size(), problems::toString);
        assertTrue(problems.getFirst().startsWith(beginning), problems::toString);
    }

    @Test
    void aliasesAreRefused() {
        List<String> problems = Recipes.problems(Recipes.leastWith(2, "name: &n a\nseed: *n"));
        assertTrue(
                problems.contains("r.yaml:3:7 seed: aliases (*name) are not used in recipes; write the value out"),
                problems::toString);
    }

    @Test
    void aByteOrderMarkIsSkipped() {
        assertEquals(List.of(), Recipes.problems("\uFEFF" + Recipes.LEAST));
    }
}
