package io.bantam.trainer.evaluation;

/** Says, in one line for the user, what is wrong with evaluation input: which file and line, and what to do about it. */
public final class EvaluationException extends RuntimeException {
    public EvaluationException(String message) {
        super(message);
    }

    public EvaluationException(String message, Throwable cause) {
        super(message, cause);
    }
}
