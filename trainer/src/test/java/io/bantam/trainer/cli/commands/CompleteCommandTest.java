package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
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
        // The first two tokens are the word at the cursor, with the space before it.
        Shell shell = new Shell().run("complete", packed("x"), "--prompt", "y = x", "--max-tokens", "4", "--stats");
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertEquals("xx" + System.lineSeparator(), shell.out());
        assertTrue(shell.err().contains("wrote 4"), shell.err());
    }

    @Test
    void readsStandardInputAndStopsAtTheLineEnd() throws IOException {
        Shell shell = new Shell().runWithInput("y = 1", "complete", packed("<EOL>"));
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertEquals(System.lineSeparator(), shell.out());
    }

    @Test
    void drawsWithASeed() throws IOException {
        String model = packed("x");
        String[] command = {"complete", model, "--prompt", "y = ", "--temperature", "2", "--seed", "5", "--top-k", "50"
        };
        String first = new Shell().run(command).out();
        assertEquals(first, new Shell().run(command).out());
        Shell wrong = new Shell().run("complete", model, "--prompt", "y", "--top-p", "2");
        assertEquals(ExitCode.USAGE, wrong.code());
        assertTrue(wrong.err().contains("--top-p: expected a number above 0 and at most 1, got 2.0."), wrong.err());
    }

    @Test
    void keepsTheContextInFewerBits() throws IOException {
        String[] command = {"complete", packed("x"), "--prompt", "y = x", "--max-tokens", "4", "--kv-cache", "int8"};
        Shell shell = new Shell().run(command);
        assertEquals(new Shell().run(Arrays.copyOf(command, 6)).out(), shell.out());
        command[7] = "int4";
        assertEquals(ExitCode.USAGE, new Shell().run(command).code());
        assertTrue(new Shell()
                .run(command)
                .err()
                .contains("--kv-cache must be one of float32, float16, int8, not 'int4'"));
    }

    @Test
    void goesOnLineByLine() throws IOException {
        Shell shell = new Shell()
                .runWithInput(
                        "y = x\n\n:show\n:reset\n:show\n:quit\n",
                        "complete",
                        packed("x"),
                        "--interactive",
                        "--max-tokens",
                        "3");
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        String end = System.lineSeparator();
        // The line, its continuation, the next line, and the code that was taken so far.
        assertEquals("y = xx" + end + end + "y = xx\n", shell.out());
    }

    @Test
    void normalFormIsCompletedAsItIs() throws IOException {
        String model = packed("x");
        Shell shell = new Shell().run("complete", model, "--normal-form", "--prompt", "y =", "--max-tokens", "3");
        assertEquals("xxx" + System.lineSeparator(), shell.out(), shell.err());
        shell = new Shell()
                .run("complete", model, "--normal-form", "--prompt", "y", "--max-tokens", "2", "--beam", "2");
        assertEquals("xx" + System.lineSeparator(), shell.out(), shell.err());
    }

    @Test
    void anEmptyPromptInNormalFormIsAMistake() throws IOException {
        Shell shell = new Shell().run("complete", packed("x"), "--normal-form", "--prompt", " ");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("the prompt is empty"), shell.err());
        shell = new Shell().run("complete", packed("x"), "--prompt", "y", "--beam", "2");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--normal-form"), shell.err());
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
