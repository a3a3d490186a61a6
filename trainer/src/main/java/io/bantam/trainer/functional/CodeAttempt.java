package io.bantam.trainer.functional;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.bantam.trainer.sandbox.SandboxResult.Outcome;

/**
 * One solution of one task, and what became of it: a line of the predictions file, whose fields {@code task_id} and
 * {@code completion} are those of OpenAI's human-eval.
 *
 * @param task its id
 * @param sample number among the task's solutions, from 0
 * @param completion the solution as it was run
 * @param outcome how the program ended
 * @param message the last line that it printed; where it failed, its exception
 */
public record CodeAttempt(
        @JsonProperty("task_id") String task, int sample, String completion, Outcome outcome, String message) {}
