package io.bantam.trainer.evaluation;

import io.bantam.trainer.BantamException;

/**
 * Says, in one line for the user, what is wrong with evaluation input: which file and line, and what to do about it.
 */
public final class EvaluationException extends BantamException {
    private static final long serialVersionUID = 1L;

    public EvaluationException(String message) {
        super(message);
    }

    public EvaluationException(String message, Throwable cause) {
        super(message, cause);
    }
}
