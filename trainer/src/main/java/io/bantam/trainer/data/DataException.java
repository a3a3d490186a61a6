package io.bantam.trainer.data;

import io.bantam.trainer.BantamException;

/** Training data that is missing, damaged or not in the expected form; the message names the file and what to do. */
public final class DataException extends BantamException {

    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
