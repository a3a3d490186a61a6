package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScoreCommandTest {
    @TempDir
    private Path folder;

    private Shell score(String answers, String predictions, String... more) throws IOException {
        Path truth = Files.writeString(folder.resolve("answers.jsonl"), answers);
        Path predicted = Files.writeString(folder.resolve("predictions.txt"), predictions);
        String[] arguments = new String[5 + more.length];
        System.arraycopy(
                new String[] {"score", "--answers", truth.toString(), "--predictions", predicted.toString()},
                0,
                arguments,
                0,
                5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return new Shell().run(arguments);
    }

    @Test
    void linesAreScoredByMatchAndSimilarity() throws IOException {
        Shell shell = score("{\"gt\": \"a = 1\"}\n{\"gt\": \"b\"}\n", "a = 1\nc\n");
        assertEquals("Edit sim: 50.0, EM: 50.0 (2 samples)", shell.out().strip(), shell.err());
    }

    @Test
    void summariesAreScoredByBleu() throws IOException {
        String reference = "{\"reference\": \"returns the sum of a list\"}\n";
        Shell shell = score(reference + reference, "Returns the sum of a list\nx\n", "--measure", "bleu");
        assertEquals("BLEU: 50.00 (2 samples)", shell.out().strip(), shell.err());
    }

    @Test
    void otherMeasuresAreRefused() throws IOException {
        Shell shell = score("{\"gt\": \"a\"}\n", "a\n", "--measure", "rouge");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--measure must be line or bleu, not 'rouge'."), shell.err());
        Shell fields = score("{\"gt\": \"a\"}\n", "a\n", "--measure", "bleu");
        assertTrue(fields.err().contains("no field \"reference\"; it has gt"), fields.err());
    }
}
