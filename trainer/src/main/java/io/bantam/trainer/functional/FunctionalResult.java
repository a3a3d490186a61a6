package io.bantam.trainer.functional;

import io.bantam.trainer.sandbox.SandboxResult.Outcome;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The attempts of a model at all tasks, in order: one list a task, each with the same number of attempts.
 *
 * @param attempts at least one task, and one attempt a task
 * @param seconds wall clock, writing and running together
 */
public record FunctionalResult(List<List<CodeAttempt>> attempts, double seconds) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    public FunctionalResult {
        attempts = attempts.stream().map(List::copyOf).toList();
        if (attempts.isEmpty() || attempts.getFirst().isEmpty()) {
            throw new IllegalArgumentException("no attempts");
        }
    }

    /** Returns the number of attempts at each task. */
    public int samples() {
        return attempts.getFirst().size();
    }

    /** Returns the estimate of each task, 0 to 1, in order. */
    public double[] passAtK(int k) {
        return attempts.stream()
                .mapToDouble(task -> PassAtK.of(task.size(), passed(task), k))
                .toArray();
    }

    /** Returns of each task whether its first attempt passed. */
    public boolean[] firstPassed() {
        boolean[] passed = new boolean[attempts.size()];
        for (int i = 0; i < passed.length; i++) {
            passed[i] = attempts.get(i).getFirst().outcome() == Outcome.PASSED;
        }
        return passed;
    }

    /** Returns the mean over the tasks in percent. */
    public double percentAtK(int k) {
        return 100 * Arrays.stream(passAtK(k)).average().orElseThrow();
    }

    /** Returns how many attempts ended in each way, ways that did not occur left out. */
    public Map<Outcome, Integer> outcomes() {
        Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        attempts.forEach(task -> task.forEach(attempt -> counts.merge(attempt.outcome(), 1, Integer::sum)));
        return counts;
    }

    /** Writes one {@link CodeAttempt} a line. */
    public void write(Path file) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            for (List<CodeAttempt> task : attempts) {
                for (CodeAttempt attempt : task) {
                    writer.write(MAPPER.writeValueAsString(attempt));
                    writer.write('\n');
                }
            }
        }
    }

    private static int passed(List<CodeAttempt> task) {
        return (int) task.stream()
                .filter(attempt -> attempt.outcome() == Outcome.PASSED)
                .count();
    }
}
