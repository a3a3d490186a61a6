package io.bantam.trainer.cli;

import io.bantam.trainer.BantamException;

/** The command line itself is wrong: an option, an argument, their number. The help of the command is pointed to. */
final class UsageException extends BantamException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
