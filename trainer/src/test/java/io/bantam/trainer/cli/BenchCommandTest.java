package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchCommandTest {
    @TempDir
    private Path folder;

    @Test
    void timesASmallModel() throws IOException {
        Path json = folder.resolve("bench.json");
        String options = "--layers 2 --width 16 --heads 2 --vocabulary 64 --batch 1 --tokens 8 --steps 1 --warmup 0";
        Shell shell = new Shell().run(("bench train --json " + json + " " + options).split(" "));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().startsWith("tokens/s "), shell.out());
        assertTrue(Files.readString(json).contains("\"ratio\""), Files.readString(json));
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        Shell shell = new Shell().run("bench", "train", "--layers", "3");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("layers must be even"), shell.err());
    }

    @Test
    void anotherBenchmarkIsRefused() {
        Shell shell = new Shell().run("bench", "decode");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("there is 'bench train'"), shell.err());
    }

    private Path packed() throws IOException {
        StubbornModel model = StubbornModel.saying("x");
        Path file = folder.resolve("model.bantam");
        PackedFile.write(file, model.config(), model.activations(), model.tensors(), model.tokenizerJson());
        return file;
    }

    @Test
    void timesAPackedFile() throws IOException {
        Path file = packed();
        Path json = folder.resolve("infer.json");
        String options = " --prompts 8,16 --generated 4 --threads 1 --repetitions 1 --json " + json;
        Shell shell = new Shell().run(("bench infer " + file + options).split(" "));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().startsWith("threads    prompt 8 tok/s   prompt 16 tok/s"), shell.out());
        String figures = Files.readString(json);
        assertTrue(figures.contains("\"fileBytes\" : " + Files.size(file)), figures);
        assertTrue(figures.matches("(?s).*\"generatedTokensPerSecond\" : [1-9].*"), figures);
    }

    @Test
    void lengthsThatAreNoNumbersAreRefused() throws IOException {
        Shell shell = new Shell().run("bench", "infer", packed().toString(), "--prompts", "128,");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--prompts must be whole numbers"), shell.err());
        shell = new Shell().run("bench", "infer");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("takes one MODEL"), shell.err());
    }
}
