package io.bantam.trainer.evaluation;

/** Hears how far an evaluation is. Called by one thread at a time, with a growing {@code done}. */
@FunctionalInterface
public interface EvaluationProgress {
    /** Hears nothing. */
    EvaluationProgress NONE = (done, total) -> {};

    void report(int done, int total);
}
