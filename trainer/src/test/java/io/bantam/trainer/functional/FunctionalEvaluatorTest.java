package io.bantam.trainer.functional;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.evaluation.EvaluationException;
import io.bantam.trainer.evaluation.EvaluationProgress;
import io.bantam.trainer.functional.FunctionalEvaluator.Drawing;
import io.bantam.trainer.sandbox.PythonInterpreter;
import io.bantam.trainer.sandbox.Sandbox;
import io.bantam.trainer.sandbox.SandboxException;
import io.bantam.trainer.sandbox.SandboxLimits;
import io.bantam.trainer.sandbox.SandboxResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FunctionalEvaluatorTest {
    @TempDir
    private Path folder;

    private List<CodeTask> tasks;

    @BeforeEach
    void read() throws IOException {
        Path file = Files.writeString(folder.resolve("tasks.jsonl"), Tasks.HUMAN_EVAL + Tasks.MBPP);
        tasks = CodeTask.read(file, Integer.MAX_VALUE);
    }

    private static Sandbox sandbox() {
        try {
            return Sandbox.open(PythonInterpreter.find(""), SandboxLimits.STANDARD);
        } catch (SandboxException e) {
            return Assumptions.abort("no sandbox on this machine: " + e.getMessage());
        }
    }

    @Test
    void referenceSolutionsPass() {
        try (Sandbox sandbox = sandbox()) {
            FunctionalResult result = new FunctionalEvaluator(sandbox, 2)
                    .run(tasks, FunctionalEvaluator.references(tasks), EvaluationProgress.NONE);
            assertEquals(Map.of(Outcome.PASSED, 2), result.outcomes(), result.toString());
            assertEquals(100, result.percentAtK(1));
        }
    }

    @Test
    void drawnSolutionsAreCutRunAndCounted() throws IOException {
        // It solves the first task in two of four draws by its seed's lowest bit, and never the second.
        CodeWriter writer = (prompt, tokens, sampling, finished) -> prompt.contains("double")
                ? "def double(x):\n    return 3 * x\nassert True\nraise ValueError\n"
                : (sampling.seed() & 1) == 0 ? "    return b + a\nwrong\n" : "    return a - b\nwrong\n";
        Drawing drawing = new Drawing(4, 0.8f, 1, 3, 100);
        long even = java.util.stream.IntStream.range(0, 4)
                .filter(i -> (drawing.sampling(tasks.getFirst(), i).seed() & 1) == 0)
                .count();
        try (Sandbox sandbox = sandbox()) {
            FunctionalResult result =
                    new FunctionalEvaluator(sandbox, 1).evaluate(tasks, drawing, () -> writer, EvaluationProgress.NONE);
            assertArrayEquals(new double[] {even / 4.0, 0}, result.passAtK(1), 1e-12);
            assertEquals(
                    "def double(x):\n    return 3 * x\n",
                    result.attempts().get(1).getFirst().completion());
            assertEquals("AssertionError", result.attempts().get(1).getFirst().message());
            Path file = folder.resolve("attempts.jsonl");
            result.write(file);
            Map<String, List<String>> back = FunctionalEvaluator.readSolutions(file, tasks);
            assertEquals(4, back.get("Made/0").size());
        }
    }

    @Test
    void aDrawDependsOnSeedTaskAndNumberOnly() {
        Drawing drawing = new Drawing(2, 0.8f, 1, 3, 100);
        assertEquals(drawing.sampling(tasks.getFirst(), 1), drawing.sampling(tasks.getFirst(), 1));
        assertNotEquals(drawing.sampling(tasks.getFirst(), 0), drawing.sampling(tasks.getFirst(), 1));
        assertNotEquals(drawing.sampling(tasks.getFirst(), 0), drawing.sampling(tasks.getLast(), 0));
    }

    @Test
    void manySamplesNeedATemperature() {
        String message = assertThrows(EvaluationException.class, () -> new Drawing(2, 0, 1, 0, 10))
                .getMessage();
        assertTrue(message.contains("temperature 0"), message);
    }

    @Test
    void everyTaskNeedsTheSameNumberOfSolutions() throws IOException {
        Path file = Files.writeString(
                folder.resolve("solutions.jsonl"), "{\"task_id\": \"Made/0\", \"completion\": \"x\"}\n");
        String message = assertThrows(EvaluationException.class, () -> FunctionalEvaluator.readSolutions(file, tasks))
                .getMessage();
        assertTrue(message.contains("0 solutions of task 7, and 1 of Made/0"), message);
        Files.writeString(file, "{\"task_id\": \"Other\", \"completion\": \"x\"}\n");
        assertThrows(EvaluationException.class, () -> FunctionalEvaluator.readSolutions(file, tasks));
    }
}
