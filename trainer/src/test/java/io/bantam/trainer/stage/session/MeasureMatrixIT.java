package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.functional.Tasks;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.VariantResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every measure on every form of a model: the teacher's folder, a fake-quantized stage, a Hugging Face folder, a packed
 * file and a run. (BLEU, for other models, is in {@link EncoderRunIT}.) What belongs to a run stands in its comparison
 * afterwards.
 */
class MeasureMatrixIT {
    @TempDir
    static Path folder;

    private static Path run;
    private static String lines;

    @BeforeAll
    static void runOnce() throws IOException {
        String stages =
                SmallRun.RECIPE.substring(SmallRun.RECIPE.indexOf("  w8a8:"), SmallRun.RECIPE.indexOf("  w4a16:"));
        String recipe = SmallRun.RECIPE.substring(0, SmallRun.RECIPE.indexOf("stages:")) + "stages:\n" + stages + """
                variants: {teacher: [], W8A8: [w8a8]}
                evaluation: {samples: 4, maximumNewTokens: 8, bootstrap: 10}
                export: {formats: [packed, safetensors]}
                """;
        run = folder.resolve("run");
        SmallRun.run(SmallRun.write(folder, recipe), run, false);
        StringBuilder samples = new StringBuilder();
        for (LinePrediction one : LineCompletionResult.read(RunFolder.predictionsFile(run, "teacher"))) {
            samples.append(JsonMapper.shared()
                            .writeValueAsString(Map.of("id", one.id(), "input", one.context(), "gt", one.truth())))
                    .append('\n');
        }
        lines = Files.writeString(folder.resolve("lines.jsonl"), samples).toString();
    }

    private static String evaluate(String measure, List<String> model, String... more) {
        List<String> arguments = new ArrayList<>(List.of("evaluate"));
        arguments.addAll(model);
        arguments.addAll(List.of("--measure", measure));
        arguments.addAll(List.of(more));
        Shell shell = new Shell().run(arguments.toArray(String[]::new));
        Assumptions.assumeFalse(shell.err().contains("cannot shut them in"), shell.err());
        assertEquals(ExitCode.OK, shell.code(), () -> arguments + ": " + shell.err());
        return shell.out();
    }

    private static List<String> at(String path) {
        return List.of(run.resolve(path).toString());
    }

    /** The forms of the quantized model. */
    private static List<List<String>> quantized() {
        return List.of(at("20-w8a8"), at("50-export/W8A8.bantam"), List.of(run.toString(), "--variant", "W8A8"));
    }

    private static Measure measure(String variant, String name) {
        return VariantResult.read(RunFolder.resultFile(run, variant)).measures().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(variant + " has no " + name));
    }

    private static void assertOnThePage(String header) throws IOException {
        assertTrue(Files.readString(run.resolve("70-report/report.html")).contains(header), header);
    }

    @Test
    void linesAndLoss() throws IOException {
        for (String name : List.of("line", "loss")) {
            String figure = name.equals("line") ? "ES of lines.jsonl" : "Loss of lines.jsonl";
            String[] more = name.equals("line")
                    ? new String[] {"--data", lines, "--max-tokens", "8"}
                    : new String[] {"--data", lines};
            for (List<String> model : quantized()) {
                Path file = RunFolder.resultFile(run, "W8A8");
                VariantResult.read(file)
                        .with(List.of(new Measure(figure, -1, "", List.of(), "")))
                        .write(file);
                evaluate(name, model, more);
                assertTrue(measure("W8A8", figure).value() >= 0, model + " says it to the run");
            }
            String teacher = evaluate(name, at("10-teacher"), more);
            String floats = evaluate(name, at("50-export/teacher"), more);
            assertEquals(teacher.split("[ ,]")[1], floats.split("[ ,]")[1], "the same weights");
            measure("teacher", figure);
            assertOnThePage(figure);
        }
        VariantResult teacher = VariantResult.read(RunFolder.resultFile(run, "teacher"));
        assertEquals(
                teacher.quality().editSimilarity().value(),
                measure("teacher", "ES of lines.jsonl").value(),
                1e-9,
                "the run's samples, asked again");
    }

    @Test
    void programsAndTheirRobustness() throws IOException {
        String tasks = Files.writeString(folder.resolve("tasks.jsonl"), Tasks.HUMAN_EVAL)
                .toString();
        List<List<String>> models = new ArrayList<>(quantized());
        models.add(at("10-teacher"));
        models.add(at("50-export/W8A8"));
        for (List<String> model : models) {
            String out = evaluate("pass@k", model, "--data", tasks, "--max-tokens", "5", "--perturb", "letters");
            assertTrue(out.contains("letters: pass@1 0.00"), out);
        }
        for (String variant : List.of("teacher", "W8A8")) {
            assertEquals(0, measure(variant, "pass@1 % HumanEval").value());
        }
        assertOnThePage("pass@1 % HumanEval");
        assertOnThePage("letters");
    }

    @Test
    void costOfPredictions() throws IOException {
        for (String path : List.of("10-teacher", "20-w8a8")) {
            Path file = RunFolder.resultFile(run, path.equals("10-teacher") ? "teacher" : "W8A8");
            var before = VariantResult.read(file).cost().generation();
            assertTrue(evaluate("cost", at(path), "--watts", "20").contains("gCO2e"));
            assertNotEquals(before, VariantResult.read(file).cost().generation());
        }
        assertTrue(evaluate("cost", at("50-export/teacher"), "--watts", "20").contains("gCO2e"));
        assertOnThePage("gCO2e / 1,000 predictions");
    }
}
