package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.functional.Tasks;
import io.bantam.trainer.sandbox.PythonInterpreter;
import io.bantam.trainer.sandbox.Sandbox;
import io.bantam.trainer.sandbox.SandboxException;
import io.bantam.trainer.sandbox.SandboxLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
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
        assertTrue(shell.err().contains("--measure must be line, bleu or pass@k, not 'rouge'."), shell.err());
        Shell fields = score("{\"gt\": \"a\"}\n", "a\n", "--measure", "bleu");
        assertTrue(fields.err().contains("no field \"reference\"; it has gt"), fields.err());
    }

    @Test
    void programsAreRunAndCounted() throws IOException {
        requireSandbox();
        Path tasks = Files.writeString(folder.resolve("tasks.jsonl"), Tasks.HUMAN_EVAL + Tasks.MBPP);
        Shell references = new Shell().run("score", "--measure", "pass@k", "--answers", tasks.toString());
        assertTrue(
                references
                        .out()
                        .startsWith("pass@1 100.00 (2 tasks of tasks.jsonl, 1 samples each: 2 passed; Python 3"),
                references.out() + references.err());
        Path solutions = Files.writeString(folder.resolve("solutions.jsonl"), """
                {"task_id": "Made/0", "completion": "    return b + a"}
                {"task_id": 7, "completion": "double = abs"}
                """);
        Path details = folder.resolve("details.jsonl");
        Shell given = new Shell()
                .run(
                        "score",
                        "--measure",
                        "pass@k",
                        "--answers",
                        tasks.toString(),
                        "--predictions",
                        solutions.toString(),
                        "--details",
                        details.toString());
        assertTrue(given.out().startsWith("pass@1 50.00 (2 tasks"), given.out() + given.err());
        assertTrue(given.out().contains("1 passed, 1 failed"), given.out());
        assertTrue(Files.readString(details).contains("\"message\":\"AssertionError\""), Files.readString(details));
    }

    @Test
    void aPythonThatIsNotThereIsNamed() throws IOException {
        Path tasks = Files.writeString(folder.resolve("tasks.jsonl"), Tasks.MBPP);
        Shell shell = new Shell()
                .run("score", "--measure", "pass@k", "--answers", tasks.toString(), "--python", "/no/such/python");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("there is no Python '/no/such/python'"), shell.err());
    }

    private static void requireSandbox() {
        try {
            Sandbox.open(PythonInterpreter.find(""), SandboxLimits.STANDARD).close();
        } catch (SandboxException e) {
            Assumptions.abort("no sandbox on this machine: " + e.getMessage());
        }
    }
}
