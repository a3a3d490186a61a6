package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
}
