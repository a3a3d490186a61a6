package io.bantam.trainer.cli.terminal;

import io.bantam.trainer.train.ProgressListener;

/** Progress that is shown to a person; closing it ends what is half drawn. */
public interface Progress extends ProgressListener, AutoCloseable {
    /** A bar on a terminal, else plain lines; both on standard error, so that results stay apart. */
    static Progress on(Terminal terminal) {
        return terminal.interactive() ? new BarProgress(terminal.err()) : new PlainProgress(terminal.err());
    }

    @Override
    void close();
}
