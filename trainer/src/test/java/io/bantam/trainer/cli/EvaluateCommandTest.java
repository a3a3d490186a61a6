package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
