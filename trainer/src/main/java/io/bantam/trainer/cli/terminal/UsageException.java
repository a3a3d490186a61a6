package io.bantam.trainer.cli.terminal;

import io.bantam.trainer.BantamException;

/** The command line itself is wrong: an option, an argument, their number. The help of the command is pointed to. */
public final class UsageException extends BantamException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
