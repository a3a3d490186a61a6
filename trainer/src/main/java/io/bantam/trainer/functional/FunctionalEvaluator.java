package io.bantam.trainer.functional;

import io.bantam.runtime.completion.Sampling;
import io.bantam.trainer.evaluation.EvaluationException;
import io.bantam.trainer.evaluation.EvaluationProgress;
import io.bantam.trainer.evaluation.JsonLines;
import io.bantam.trainer.evaluation.OrderedWorkers;
import io.bantam.trainer.sandbox.Sandbox;
import io.bantam.trainer.sandbox.SandboxResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;

/** Has tasks solved by a model, or takes solutions from elsewhere, and runs them all in a sandbox. */
public final class FunctionalEvaluator {
    private final Sandbox sandbox;
    private final int workers;

    /**
     * How solutions are drawn.
     *
     * @param samples solutions a task
     * @param temperature 0 for greedy, which goes with one sample only
     * @param topP probability that the tokens to choose from reach together
     * @param seed the same seed draws the same solutions, whatever the number of workers and tasks
     * @param maximumTokens most tokens of a solution
     */
    public record Drawing(int samples, float temperature, float topP, long seed, int maximumTokens) {
        public Drawing {
            if (samples < 1 || maximumTokens < 1) {
                throw new EvaluationException(
                        "samples and tokens must be at least 1, not " + samples + " and " + maximumTokens);
            }
            if (samples > 1 && temperature == 0) {
                throw new EvaluationException("with temperature 0 all " + samples + " samples of a task are the same;"
                        + " ask for one sample, or a temperature such as 0.8");
            }
        }

        Sampling sampling(CodeTask task, int sample) {
            CRC32 name = new CRC32();
            name.update(task.id().getBytes(StandardCharsets.UTF_8));
            SplittableRandom seeds = new SplittableRandom(seed ^ name.getValue() << 32 ^ sample);
            return new Sampling(temperature, 0, topP, seeds.nextLong());
        }
    }

    /**
     * @param sandbox stays the caller's to close
     * @param workers threads, each with a model of its own
     */
    public FunctionalEvaluator(Sandbox sandbox, int workers) {
        this.sandbox = sandbox;
        this.workers = workers;
    }

    /** Has every task solved {@code samples} times and runs the solutions. */
    public FunctionalResult evaluate(
            List<CodeTask> tasks,
            Drawing drawing,
            Supplier<? extends CodeWriter> writers,
            EvaluationProgress progress) {
        long start = System.nanoTime();
        List<List<CodeAttempt>> attempts = OrderedWorkers.<CodeTask, CodeWriter, List<CodeAttempt>>run(
                tasks,
                workers,
                writers::get,
                (writer, task) -> {
                    List<CodeAttempt> ofTask = new ArrayList<>();
                    for (int sample = 0; sample < drawing.samples(); sample++) {
                        String written = writer.write(
                                task.prompt(), drawing.maximumTokens(), drawing.sampling(task, sample), task::finished);
                        ofTask.add(attempt(task, sample, task.cut(written)));
                    }
                    return ofTask;
                },
                progress);
        return new FunctionalResult(attempts, (System.nanoTime() - start) / 1e9);
    }

    /**
     * Runs solutions that are there already.
     *
     * @param solutions of each task by its id, each task with the same number, at least one
     */
    public FunctionalResult run(
            List<CodeTask> tasks, Map<String, List<String>> solutions, EvaluationProgress progress) {
        long start = System.nanoTime();
        List<List<CodeAttempt>> attempts = OrderedWorkers.<CodeTask, Sandbox, List<CodeAttempt>>run(
                tasks,
                workers,
                () -> sandbox,
                (unused, task) -> {
                    List<CodeAttempt> ofTask = new ArrayList<>();
                    for (String solution : solutions.get(task.id())) {
                        ofTask.add(attempt(task, ofTask.size(), solution));
                    }
                    return ofTask;
                },
                progress);
        return new FunctionalResult(attempts, (System.nanoTime() - start) / 1e9);
    }

    /** Returns the data set's own solution of each task. */
    public static Map<String, List<String>> references(List<CodeTask> tasks) {
        Map<String, List<String>> references = new LinkedHashMap<>();
        tasks.forEach(task -> references.put(task.id(), List.of(task.reference())));
        return references;
    }

    /**
     * Reads solutions of all tasks: JSON lines with {@code task_id} and {@code completion}, as OpenAI's human-eval has
     * them, in any order.
     *
     * @throws EvaluationException if a task is unknown or has more or fewer solutions than the others
     */
    public static Map<String, List<String>> readSolutions(Path file, List<CodeTask> tasks) {
        Map<String, List<String>> solutions = new LinkedHashMap<>();
        tasks.forEach(task -> solutions.put(task.id(), new ArrayList<>()));
        List<String> lines = JsonLines.lines(file);
        for (int i = 0; i < lines.size(); i++) {
            JsonNode object = JsonLines.object(file, i + 1, lines.get(i));
            JsonNode id = object.get("task_id");
            List<String> ofTask = id == null || !id.isValueNode() ? null : solutions.get(id.asString());
            if (ofTask == null) {
                throw new EvaluationException(
                        file + ":" + (i + 1) + ": no field \"task_id\" that names one of the tasks");
            }
            ofTask.add(JsonLines.text(file, i + 1, object, "completion"));
        }
        int samples = solutions.get(tasks.getFirst().id()).size();
        for (Map.Entry<String, List<String>> entry : solutions.entrySet()) {
            if (entry.getValue().size() != samples || samples == 0) {
                throw new EvaluationException(file + ": " + entry.getValue().size() + " solutions of task "
                        + entry.getKey() + ", and " + samples + " of "
                        + tasks.getFirst().id()
                        + "; every task needs the same number, at least one");
            }
        }
        return solutions;
    }

    private CodeAttempt attempt(CodeTask task, int sample, String solution) {
        SandboxResult result = sandbox.run(task.program(solution));
        return new CodeAttempt(task.id(), sample, solution, result.outcome(), result.lastLine());
    }
}
