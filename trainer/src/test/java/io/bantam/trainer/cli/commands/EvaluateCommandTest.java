package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.functional.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EvaluateCommandTest {
    @TempDir
    private Path folder;

    private Path model;
    private Path data;

    @BeforeEach
    void write() throws IOException {
        StubbornModel stubborn = StubbornModel.saying("x");
        model = folder.resolve("model.bantam");
        PackedFile.write(
                model, stubborn.config(), stubborn.activations(), stubborn.tensors(), stubborn.tokenizerJson());
        data = Files.writeString(folder.resolve("data.jsonl"), """
                {"id": 1, "input": "<s> y =", "gt": "xxxx"}
                {"id": 2, "input": "<s> z =", "gt": "xx"}
                {"id": 3, "input": "<s> w =", "gt": "abcd"}
                """);
    }

    @Test
    void scoresAsTheProtocolDoes() {
        // It always writes xxxx: EM 1, 0, 0; ES 100, 2 * 2 / 6 = 67, 0.
        Shell shell = new Shell().run("evaluate", model.toString(), "--data", data.toString(), "--max-tokens", "4");
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().startsWith("EM 33.33, ES 55.67 (3 samples of data.jsonl, greedy,"), shell.out());
    }

    @Test
    void takesOnlyTheFirstSamplesAndKeepsPredictions() throws IOException {
        Path predictions = folder.resolve("predictions.jsonl");
        Shell shell = new Shell()
                .run(
                        "evaluate",
                        model.toString(),
                        "--data",
                        data.toString(),
                        "--limit",
                        "1",
                        "--max-tokens",
                        "4",
                        "--predictions",
                        predictions.toString());
        assertTrue(shell.out().startsWith("EM 100.00, ES 100.00 (1 samples"), shell.out());
        assertEquals(1, Files.readAllLines(predictions).size());
    }

    @Test
    void aDamagedDataFileIsNamedWithItsLine() throws IOException {
        Files.writeString(data, "{\"id\": 1, \"input\": \"x\"}\n");
        Shell shell = new Shell().run("evaluate", model.toString(), "--data", data.toString());
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains(data + ":1"), shell.err());
    }

    @Test
    void programsAreWrittenRunAndScored() throws IOException {
        Path tasks = Files.writeString(folder.resolve("tasks.jsonl"), Tasks.HUMAN_EVAL + Tasks.MBPP);
        Path out = folder.resolve("figures.json");
        Path predictions = folder.resolve("predictions.jsonl");
        Shell shell = new Shell()
                .run(
                        "evaluate",
                        model.toString(),
                        "--measure",
                        "pass@k",
                        "--data",
                        tasks.toString(),
                        "--samples",
                        "2",
                        "--k",
                        "1,2",
                        "--max-tokens",
                        "5",
                        "--perturb",
                        "letters",
                        "--out",
                        out.toString(),
                        "--predictions",
                        predictions.toString());
        Assumptions.assumeFalse(shell.err().contains("cannot shut them in"), shell.err());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().startsWith("pass@1 0.00, pass@2 0.00 (2 tasks of tasks.jsonl, 2 samples"), shell.out());
        assertEquals(4, Files.readAllLines(predictions).size());
        assertTrue(
                shell.out().contains("letters: pass@1 0.00, drop 0.0 % (Wilcoxon p 1.00, McNemar p 1.00;"),
                shell.out());
        assertTrue(shell.out().contains("2 of 2 prompts changed"), shell.out());
        assertTrue(Files.readString(out).contains("\"name\" : \"pass@2 % HumanEval\""), Files.readString(out));
    }

    @Test
    void whatAPredictionCostsIsMeasured() {
        Shell shell = new Shell()
                .run(
                        "evaluate",
                        model.toString(),
                        "--measure",
                        "cost",
                        "--grid",
                        "100",
                        "--price-per-hour",
                        "3.6",
                        "--watts",
                        "20");
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().startsWith("context of 32 tokens: p50 "), shell.out());
        assertTrue(shell.out().contains("32 tokens, each: p50 "), shell.out());
        assertTrue(shell.out().contains("gCO2e at 100 g/kWh, price at 3.6 an hour)"), shell.out());
        Path floats = folder.resolve("floats");
        new Shell().run("export", model.toString(), "--format", "safetensors", "--out", floats.toString());
        Shell ofFloats = new Shell().run("evaluate", floats.toString(), "--measure", "cost", "--watts", "20");
        assertEquals(ExitCode.OK, ofFloats.code(), ofFloats.err());
        assertTrue(ofFloats.out().startsWith("context of 32 tokens: p50 "), ofFloats.out());
        Shell without = new Shell().run("evaluate", model.toString());
        assertEquals(ExitCode.USAGE, without.code());
        assertTrue(without.err().contains("'evaluate' needs --data FILE.jsonl."), without.err());
    }

    @Test
    void aValueOfKAboveTheSamplesIsRefused() {
        Shell shell = new Shell()
                .run("evaluate", model.toString(), "--measure", "pass@k", "--data", data.toString(), "--k", "5");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--k 5 is not between 1 and the 1 samples"), shell.err());
    }
}
