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
        Session session = new Session().run("complete", packed("x"), "--prompt", "y =", "--max-tokens", "3");
        assertEquals(ExitCode.OK, session.code(), session.err());
        assertEquals("xxx" + System.lineSeparator(), session.out());
    }

    @Test
    void readsStandardInputAndStopsAtTheLineEnd() throws IOException {
        Session session = new Session().runWithInput("y = \n", "complete", packed("<EOL>"));
        assertEquals(ExitCode.OK, session.code(), session.err());
        assertEquals(System.lineSeparator(), session.out());
    }

    @Test
    void beamSearchFindsTheSame() throws IOException {
        String model = packed("x");
        Session session = new Session().run("complete", model, "--prompt", "y", "--max-tokens", "2", "--beam", "2");
        assertEquals("xx" + System.lineSeparator(), session.out(), session.err());
    }

    @Test
    void anEmptyPromptIsAMistake() throws IOException {
        Session session = new Session().run("complete", packed("x"), "--prompt", " ");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("the prompt is empty"), session.err());
    }

    @Test
    void moreTokensThanPositionsAreRefused() throws IOException {
        Session session = new Session().run("complete", packed("x"), "--prompt", "y", "--max-tokens", "64");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("64 positions"), session.err());
    }

    @Test
    void aModelWithoutTokenizerIsRefused() throws IOException {
        StubbornModel model = StubbornModel.saying("x");
        Path file = folder.resolve("model.bantam");
        PackedFile.write(file, model.config(), model.activations(), model.tensors(), null);
        Session session = new Session().run("complete", file.toString(), "--prompt", "y");
        assertEquals(ExitCode.USAGE, session.code());
        assertTrue(session.err().contains("no tokenizer"), session.err());
    }
}
