package io.bantam.trainer.cli.terminal;

import java.util.concurrent.atomic.AtomicBoolean;

/** Says how to go on when the process is stopped by Ctrl-C before this is closed. */
public final class Interruption implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();

    public Interruption(Terminal terminal, String words) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!over.get()) {
                terminal.err().println();
                terminal.err().println("bantam: " + words);
            }
        }));
    }

    @Override
    public void close() {
        over.set(true);
    }
}
