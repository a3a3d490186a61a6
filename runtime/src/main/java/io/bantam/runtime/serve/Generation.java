package io.bantam.runtime.serve;

import io.bantam.runtime.completion.Completion;
import io.bantam.runtime.completion.CompletionListener;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A running completion, seen by the thread that writes to the client: pieces arrive through a queue, so that a client
 * who reads slowly does not hold up the slot. As many pieces come as there are tokens, empty ones included: writing at
 * each of them shows whether the client is still there.
 */
final class Generation implements CompletionListener {
    /** Takes a piece to the client. */
    interface Writer {
        void write(String piece) throws IOException;
    }

    private static final Object END = new Object();

    private final BlockingQueue<Object> pieces = new LinkedBlockingQueue<>();
    private final long deadline;
    private volatile boolean abandoned;

    /**
     * Starts the clock of a completion.
     *
     * @param millis the longest time from now on; 0 for no limit
     */
    Generation(long millis) {
        deadline = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
    }

    @Override
    public boolean accept(String piece) {
        pieces.add(piece);
        return !abandoned && System.nanoTime() < deadline;
    }

    /** Notes that no piece will come any more. */
    void end() {
        pieces.add(END);
    }

    /**
     * Writes until the completion ends.
     *
     * @throws IOException if the client is gone; the completion then ends at its next token
     */
    Completion drain(Future<Completion> completion, Writer writer) throws IOException, InterruptedException {
        try {
            for (Object piece = pieces.take(); piece != END; piece = pieces.take()) {
                writer.write((String) piece);
            }
            return completion.get();
        } catch (ExecutionException fault) {
            throw new IllegalStateException("a completion failed", fault.getCause());
        } finally {
            abandoned = true;
        }
    }
}
