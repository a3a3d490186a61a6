package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files, the paths in them, and {@code --set}. */
class RecipeLoaderTest {
    @TempDir
    private Path folder;

    private String problemOf(Path file) {
        return assertThrows(RecipeException.class, () -> new RecipeLoader().load(file))
                .getMessage()
                .replace(folder.toString(), "DIR");
    }

    private List<String> problemsWithPaths(String yaml) {
        try {
            new RecipeLoader().parse(yaml, "r.yaml", folder);
            return List.of();
        } catch (RecipeException e) {
            return e.problems().stream()
                    .map(problem -> problem.toString().replace(folder.toString(), "DIR"))
                    .toList();
        }
    }

    @Test
    void namesAFileThatIsNotThereAndTheOneThatIs() throws IOException {
        Files.writeString(folder.resolve("quickstart.yaml"), Recipes.LEAST);
        assertEquals(
                "DIR/quickstrat.yaml: no such file; nearest there: 'quickstart.yaml'",
                problemOf(folder.resolve("quickstrat.yaml")));
        assertEquals(
                "DIR/other.yaml: no such file; relative paths start at the recipe's folder",
                problemOf(folder.resolve("other.yaml")));
        assertEquals("DIR: this is a folder; name a recipe file in it", problemOf(folder));
    }

    @Test
    void refusesWhatIsNoText() throws IOException {
        Path file = folder.resolve("r.yaml");
        Files.write(file, new byte[] {'a', ':', (byte) 0xC3, (byte) 0x28});
        assertEquals("DIR/r.yaml: the file is not UTF-8 text; save it as UTF-8", problemOf(file));
    }

    @Test
    void loadsAFile() throws IOException {
        Path file = folder.resolve("r.yaml");
        Files.writeString(file, Recipes.LEAST);
        assertEquals("least", new RecipeLoader().load(file).recipe().name());
    }

    @Test
    void dataMustBeThere() throws IOException {
        Files.createDirectory(folder.resolve("code"));
        Files.writeString(folder.resolve("train.txt"), "<s> </s>\n");
        String yaml = Recipes.leastWith(3, """
                data:
                  source:
                    kind: several
                    sources:
                      - {kind: folder, path: cod}
                      - {kind: folder, path: train.txt}
                      - {kind: folder, path: code}
                      - {kind: text, path: code}
                      - {kind: text, path: trian.txt}
                      - {kind: text, path: train.txt}
                      - {kind: json-lines, path: x.jsonl, field: f}
                      - {kind: codexglue, path: nowhere/x.jsonl}
                evaluation: {rule: file, file: samples.jsonl}\
                """);
        assertEquals(
                List.of(
                        "r.yaml:7:30 data.source.sources[0].path: no such folder: DIR/cod; nearest there: 'code'",
                        "r.yaml:8:30 data.source.sources[1].path: DIR/train.txt is a file; name a folder",
                        "r.yaml:10:28 data.source.sources[3].path: DIR/code is a folder; name a file",
                        "r.yaml:11:28 data.source.sources[4].path: no such file: DIR/trian.txt;"
                                + " nearest there: 'train.txt'",
                        "r.yaml:13:34 data.source.sources[6].path: no such file: DIR/x.jsonl;"
                                + " relative paths start at the recipe's folder",
                        "r.yaml:14:33 data.source.sources[7].path: no such file: DIR/nowhere/x.jsonl;"
                                + " relative paths start at the recipe's folder",
                        "r.yaml:15:32 evaluation.file: no such file: DIR/samples.jsonl;"
                                + " relative paths start at the recipe's folder"),
                problemsWithPaths(yaml));
        assertEquals(List.of(), Recipes.problems(yaml), "without looking at the disk");
    }

    private Path teacher(String config) throws IOException {
        Path teacher = Files.createDirectories(folder.resolve("teacher"));
        Files.writeString(teacher.resolve("config.json"), config);
        return Files.writeString(teacher.resolve("model.safetensors"), "");
    }

    @Test
    void aTeacherMustBeAWholeFolderOfAKnownKind() throws IOException {
        String yaml = Recipes.leastWith(4, "teacher: {kind: load, path: teacher}");
        String place = "r.yaml:4:29 teacher.path: ";
        assertEquals(
                List.of(place + "no such folder: DIR/teacher; relative paths start at the recipe's folder"),
                problemsWithPaths(yaml));
        Path teacher = Files.createDirectory(folder.resolve("teacher"));
        assertEquals(
                List.of(place + "DIR/teacher has no config.json; name a Hugging Face folder"), problemsWithPaths(yaml));
        Files.writeString(teacher.resolve("config.json"), "{\"model_type\": \"opt\"}");
        assertEquals(
                List.of(
                        place + "DIR/teacher has no weights; put one of model.safetensors,"
                                + " model.safetensors.index.json, pytorch_model.bin there",
                        place
                                + "DIR/teacher/config.json: model_type is \"opt\": Bantam knows the families gpt2,"
                                + " llama, mistral, qwen2, starcoder2, gptj, codegen, xglm, bert, roberta, bart,"
                                + " plbart, t5; repair or replace it"),
                problemsWithPaths(yaml));
        teacher("{\"n_layer\": 12}");
        assertEquals(
                List.of(place
                        + "DIR/teacher/config.json: vocab_size is missing; n_positions is missing; n_embd is missing;"
                        + " n_head is missing; repair or replace it"),
                problemsWithPaths(yaml));
        teacher("{\"n_layer\": ");
        assertEquals(1, problemsWithPaths(yaml).size());
        assertTrue(
                problemsWithPaths(yaml).getFirst().startsWith(place + "DIR/teacher/config.json: "),
                () -> problemsWithPaths(yaml).getFirst());
    }

    @Test
    void theShapeOfALoadedTeacherIsKnownToTheChecks() throws IOException {
        teacher("{\"vocab_size\": 300, \"n_layer\": 4, \"n_embd\": 64, \"n_head\": 2, \"n_positions\": 128}");
        String yaml = Recipes.withStages(
                        "{s: {kind: reduce, layers: [1, 4]}, q: {kind: ptq, weights: {bits: 8, granularity: {group:"
                                + " 48}}}}",
                        "[s, q]")
                .replaceAll("(?m)^teacher.*$", "teacher: {kind: load, path: teacher}");
        assertEquals(
                List.of(
                        "r.yaml:3:7 data.sequenceLength: sequences of 256 tokens do not fit the teacher's context of"
                                + " 128; at most 128",
                        "r.yaml:4:29 teacher.path: DIR/teacher/tokenizer.json: there is no tokenizer; put the model's"
                                + " tokenizer there",
                        "r.yaml:6:40 stages.s.layers[1]: layer 4 does not exist; the model has 4 layers, 0 to 3;"
                                + " use [1, 3] for every second layer",
                        "r.yaml:6:100 stages.q.weights.granularity.group: a group of 48 does not divide the 64 columns"
                                + " of the model's matrices; nearest divisor: 32"),
                problemsWithPaths(yaml));
    }

    static Stream<Arguments> goodOverrides() {
        return Stream.of(
                Arguments.of(List.of("data.limitMegabytes=4"), "limitMegabytes", Optional.of(4.0)),
                Arguments.of(List.of("seed=1", "seed=2"), "seed", 2L),
                Arguments.of(List.of("stages.half.layers=[0, 1]"), "layers", new LayerChoice.Listed(List.of(0, 1))),
                Arguments.of(List.of("variants.6L[0]=half"), "variant", List.of("half")),
                Arguments.of(List.of("variants.6L=[]"), "variant", List.of()),
                Arguments.of(List.of("evaluation.samples=3"), "samples", 3),
                Arguments.of(
                        List.of("data.source={kind: text, path: a=b}"),
                        "source",
                        new Source.Text(Path.of("a=b").toAbsolutePath())));
    }

    @ParameterizedTest
    @MethodSource("goodOverrides")
    void overridesReplaceValues(List<String> overrides, String what, Object expected) {
        Recipe recipe = Recipes.loader()
                .withOverrides(overrides)
                .parse(Recipes.LEAST, "r.yaml", Path.of(""))
                .recipe();
        Object actual = switch (what) {
            case "limitMegabytes" -> recipe.data().limitMegabytes();
            case "seed" -> recipe.seed();
            case "layers" -> ((Reduce) recipe.stage("half")).layers();
            case "variant" -> recipe.variants().get("6L");
            case "samples" -> recipe.evaluation().samples();
            default -> recipe.data().source();
        };
        assertEquals(expected, actual);
    }

    @Test
    void anOverrideCanFillASectionThatIsNull() {
        String yaml = Recipes.withStages("{s: {kind: distill, quantization: null, training: {steps: 10}}}", "[s]");
        Recipe recipe = Recipes.loader()
                .withOverrides(List.of("stages.s.quantization.weights.bits=ternary"))
                .parse(yaml, "r.yaml", Path.of(""))
                .recipe();
        Quantization quantization = ((Distill) recipe.stage("s")).quantization().orElseThrow();
        assertEquals(new WeightBits.Ternary(), quantization.weights().bits());
    }

    static Stream<Arguments> badOverrides() {
        return Stream.of(
                Arguments.of("seed=1.7", "--set seed: 1.7 is not written as a whole number; write 1 or 2"),
                Arguments.of("seed=\"1\"", "--set seed: '1' is text, not a whole number; write 1 without quotes"),
                Arguments.of("seed=", "--set seed: the key has no value; give one, or remove the key"),
                Arguments.of("sede=1", "--set sede: unknown key; nearest valid key: 'seed'"),
                Arguments.of("seed", "--set seed recipe: no '=' in it; write --set stages.recover.training.steps=100"),
                Arguments.of(
                        "a..b=1",
                        "--set a..b recipe: 'a..b' is no path;" + " write --set stages.recover.training.steps=100"),
                Arguments.of(
                        "data.limitMegabyte=4",
                        "--set data.limitMegabyte: unknown key;" + " nearest valid key: 'limitMegabytes'"),
                Arguments.of(
                        "stages.hafl.layers=[1]",
                        "--set stages.hafl.layers stages.hafl:"
                                + " no stage is called 'hafl'; nearest valid stage: 'half'"),
                Arguments.of(
                        "variants.6l[0]=half",
                        "--set variants.6l[0] variants.6l:"
                                + " no variant is called '6l'; nearest valid variant: '6L'"),
                Arguments.of("variants.6L[1]=half", "--set variants.6L[1]: there is no such entry; write [0] to [0]"),
                Arguments.of(
                        "variants.6L[0]=haf",
                        "--set variants.6L[0]: no stage is called 'haf';" + " nearest valid stage: 'half'"),
                Arguments.of(
                        "stages.half.layers[0]=1",
                        "--set stages.half.layers[0]: there is no such entry;" + " set the whole list"),
                Arguments.of(
                        "stages.half.layers=[1, 12]",
                        "--set stages.half.layers stages.half.layers[1]: layer 12"
                                + " does not exist; the model has 12 layers, 0 to 11;"
                                + " use [1, 3, 5, 7, 9, 11] for every second layer"),
                Arguments.of(
                        "stages.half.layers.first=3",
                        "--set stages.half.layers.first stages.half.layers:"
                                + " it is no mapping, so it has no key 'first';"
                                + " set stages.half.layers as a whole, such as {first: ...}"),
                Arguments.of(
                        "data.split={test: 0.1, test: 0.2}",
                        "--set data.split data.split.test: the key is given twice; remove one"));
    }

    @ParameterizedTest
    @MethodSource("badOverrides")
    void badOverridesAreNamed(String override, String expected) {
        assertEquals(List.of(expected), Recipes.problems(Recipes.LEAST, override));
    }

    @Test
    void anOverrideThatIsNoYamlIsNamed() {
        List<String> problems = Recipes.problems(Recipes.LEAST, "stages.half.layers=[1");
        assertEquals(1, problems.size());
        assertTrue(problems.getFirst().startsWith("--set stages.half.layers: no valid YAML: "), problems::toString);
    }

    @Test
    void overrideProblemsComeWithThoseOfTheFile() {
        assertEquals(
                List.of(
                        "--set seed: -1 is too small; at least 0",
                        "r.yaml:3:1 nmae: unknown key; nearest valid key: 'name'"),
                Recipes.problems(Recipes.leastWith(2, "name: a\nnmae: b"), "seed=-1"));
    }
}
