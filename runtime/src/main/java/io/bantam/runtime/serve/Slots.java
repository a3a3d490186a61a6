package io.bantam.runtime.serve;

import io.bantam.runtime.completion.Completion;
import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.CompletionSession;
import io.bantam.runtime.completion.PackedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The completions that may run at the same time, each with a session and a platform thread of its own, and the queue
 * before them, first come first served.
 */
final class Slots implements AutoCloseable {
    /** A session and what it read last. */
    private static final class Slot {
        private final CompletionSession session;
        private String source = "";

        Slot(CompletionSession session) {
            this.session = session;
        }

        int commonLength(String other) {
            int length = Math.min(source.length(), other.length());
            int i = 0;
            while (i < length && source.charAt(i) == other.charAt(i)) {
                i++;
            }
            return i;
        }
    }

    private final PackedModel model;
    private final ServerOptions options;
    private final Semaphore free;
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Slot> idle = new ArrayList<>();
    private final ExecutorService workers;
    private volatile boolean closed;

    Slots(PackedModel model, ServerOptions options) {
        this.model = model;
        this.options = options;
        free = new Semaphore(options.slots(), true);
        workers = Executors.newFixedThreadPool(
                options.slots(),
                Thread.ofPlatform().daemon().name("completion-", 1).factory());
    }

    int waiting() {
        return waiting.get();
    }

    int busy() {
        return options.slots() - free.availablePermits();
    }

    boolean closed() {
        return closed;
    }

    /** Waits for a slot. The caller must {@link #run} something in it. */
    void enter() throws RefusedException, InterruptedException {
        if (closed) {
            throw shuttingDown();
        }
        // Without a time it would overtake those who wait.
        if (free.tryAcquire(0, TimeUnit.SECONDS)) {
            return;
        }
        try {
            if (waiting.incrementAndGet() > options.queue()) {
                throw new RefusedException(429, "too many requests are waiting already; try again in a moment");
            }
            if (!free.tryAcquire(options.patience().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new RefusedException(
                        503, "no completion ended in " + options.patience().toSeconds() + " s");
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    private void leave() {
        free.release();
    }

    /** Starts a completion in the slot that was entered, which is left at its end. */
    Future<Completion> run(String source, CompletionOptions wanted, Generation generation) throws RefusedException {
        Callable<Completion> task = () -> {
            Slot slot = take(source);
            try {
                slot.source = source;
                return slot.session.complete(source, wanted, piece -> !closed && generation.accept(piece));
            } finally {
                give(slot);
                leave();
                generation.end();
            }
        };
        try {
            return workers.submit(task);
        } catch (RejectedExecutionException closing) {
            leave();
            throw shuttingDown();
        }
    }

    private static RefusedException shuttingDown() {
        return new RefusedException(503, "the server is shutting down");
    }

    /** The idle session that read the most of this text already. */
    private synchronized Slot take(String source) {
        Slot best = null;
        for (Slot slot : idle) {
            if (best == null || slot.commonLength(source) > best.commonLength(source)) {
                best = slot;
            }
        }
        if (best == null) {
            return new Slot(model.newSession());
        }
        idle.remove(best);
        return best;
    }

    private synchronized void give(Slot slot) {
        idle.add(slot);
    }

    /** Ends what runs at its next token. */
    @Override
    public void close() {
        closed = true;
        workers.shutdown();
        try {
            workers.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
