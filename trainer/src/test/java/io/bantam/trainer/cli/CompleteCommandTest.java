package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CompleteCommandTest {
    @TempDir
    private Path folder;

    private String packed(String answer) throws IOException {
        StubbornModel model = StubbornModel.saying(answer);
        Path file = folder.resolve("model.bantam");
        PackedFile.write(file, model.config(), model.activations(), model.tensors(), model.tokenizerJson());
        return file.toString();
    }

    @Test
    void writesTheLimitOfTokens() throws IOException {
        Shell shell = new Shell().run("complete", packed("x"), "--prompt", "y =", "--max-tokens", "3");
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertEquals("xxx" + System.lineSeparator(), shell.out());
    }

    @Test
    void readsStandardInputAndStopsAtTheLineEnd() throws IOException {
        Shell shell = new Shell().runWithInput("y = \n", "complete", packed("<EOL>"));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertEquals(System.lineSeparator(), shell.out());
    }

    @Test
    void beamSearchFindsTheSame() throws IOException {
        String model = packed("x");
        Shell shell = new Shell().run("complete", model, "--prompt", "y", "--max-tokens", "2", "--beam", "2");
        assertEquals("xx" + System.lineSeparator(), shell.out(), shell.err());
    }

    @Test
    void anEmptyPromptIsAMistake() throws IOException {
        Shell shell = new Shell().run("complete", packed("x"), "--prompt", " ");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("the prompt is empty"), shell.err());
    }

    @Test
    void moreTokensThanPositionsAreRefused() throws IOException {
        Shell shell = new Shell().run("complete", packed("x"), "--prompt", "y", "--max-tokens", "64");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("64 positions"), shell.err());
    }

    @Test
    void aModelWithoutTokenizerIsRefused() throws IOException {
        StubbornModel model = StubbornModel.saying("x");
        Path file = folder.resolve("model.bantam");
        PackedFile.write(file, model.config(), model.activations(), model.tensors(), null);
        Shell shell = new Shell().run("complete", file.toString(), "--prompt", "y");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("no tokenizer"), shell.err());
    }
}
