package io.bantam.trainer.sandbox;

import io.bantam.trainer.BantamException;

/** Says in one line why programs cannot be run safely on this machine, and what would help. */
public final class SandboxException extends BantamException {
    private static final long serialVersionUID = 1L;

    public SandboxException(String message) {
        super(message);
    }

    public SandboxException(String message, Throwable cause) {
        super(message, cause);
    }
}
