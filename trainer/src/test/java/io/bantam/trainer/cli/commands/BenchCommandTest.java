package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.bantam.runtime.format.PackedFile;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.engine.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
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

    private static final String SMALL =
            " --layers 2 --width 16 --heads 2 --vocabulary 64 --batch 2 --tokens 8 --steps 1 --warmup 0";

    private Path python(String... lines) throws IOException {
        Path script = folder.resolve("python");
        Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        assertTrue(script.toFile().setExecutable(true));
        return script;
    }

    @Test
    void timesTheSameStepInPython() throws IOException {
        Path json = folder.resolve("bench.json");
        Path python = python(
                "grep -q 'def straight_through' \"$1\" || exit 1",
                "case \"$2\" in *'\"tokens\":8'*'\"compiled\":false'*) ;; *) exit 1 ;; esac",
                "echo a warning",
                "echo '{\"torch\": \"9.9\", \"secondsPerStep\": 0.5, \"peakBytes\": 2000000}'");
        Shell shell = new Shell().run(("bench train --python " + python + " --json " + json + SMALL).split(" "));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().contains("PyTorch 9.9, eager         32 tokens/s, peak memory 2.0 MB"), shell.out());
        assertTrue(Files.readString(json).contains("\"tokensPerSecond\" : 32.0"), Files.readString(json));
    }

    @Test
    void aPythonWithoutPyTorchLeavesOurFigures() throws IOException {
        Path python = python("echo \"ModuleNotFoundError: No module named 'torch'\" >&2", "exit 1");
        Shell shell = new Shell().run(("bench train --python " + python + SMALL).split(" "));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.err().contains("could not be timed with '" + python + "': ModuleNotFoundError"), shell.err());
        assertTrue(shell.out().startsWith("tokens/s "), shell.out());
        shell = new Shell().run(("bench train --python " + folder.resolve("none") + SMALL).split(" "));
        assertTrue(shell.err().contains("could not be timed"), shell.err());
    }

    @Test
    void aGpuThatIsNotThereIsSaid() {
        assumeFalse(Devices.hasGpu());
        Shell shell = new Shell().run("bench", "gpu");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--device gpu, but PyTorch sees no GPU"), shell.err());
    }

    /** The training of the parity check takes a minute. */
    @Test
    @Tag("slow")
    void theCheckOfAGpuIsParityAndSpeed() throws IOException {
        Path json = folder.resolve("gpu.json");
        Path python = python("echo '{\"torch\": \"9.9\", \"secondsPerStep\": 0.5, \"peakBytes\": 1}'");
        Shell shell =
                new Shell().run(("bench gpu --device cpu --python " + python + " --json " + json + SMALL).split(" "));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        String figures = Files.readString(json);
        assertTrue(figures.contains("\"parity\"") && figures.contains("\"precision\" : \"bfloat16\""), figures);
        assertTrue(shell.out().contains("PyTorch 9.9, eager"), shell.out());
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
