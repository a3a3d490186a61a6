package io.bantam.runtime.model;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed set of threads that run the same numbered tasks together with the caller. Loops are so short (tens of
 * microseconds) that workers spin for a moment before they sleep. Allocates nothing per loop.
 */
final class WorkerPool implements AutoCloseable {
    /** One loop body; {@code worker} is 0 for the calling thread and picks a worker's own scratch memory. */
    interface Task {
        void run(int index, int worker);
    }

    private static final int SPINS = 20_000;

    private final Thread[] workers;
    private final ReentrantLock oneLoop = new ReentrantLock();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private volatile int generation;
    private volatile boolean closed;
    private volatile Throwable failure;
    private Task task;
    private int count;

    WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("expected at least 1 thread, got " + threads);
        }
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            int worker = i + 1;
            workers[i] = Thread.ofPlatform().name("decoder-" + worker).daemon().start(() -> work(worker));
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /** Runs {@code task} for every index below {@code count}, in any order, and waits for all. */
    void run(int count, Task task) {
        if (workers.length == 0 || count == 1) {
            for (int i = 0; i < count; i++) {
                task.run(i, 0);
            }
            return;
        }
        oneLoop.lock();
        try {
            this.task = task;
            this.count = count;
            failure = null;
            next.set(0);
            busy.set(workers.length);
            generation++;
            for (Thread worker : workers) {
                LockSupport.unpark(worker);
            }
            try {
                drain(0);
            } finally {
                while (busy.get() > 0) {
                    Thread.onSpinWait();
                }
            }
            if (failure != null) {
                throw new IllegalStateException("a decoder thread failed", failure);
            }
        } finally {
            this.task = null;
            oneLoop.unlock();
        }
    }

    private void drain(int worker) {
        for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            task.run(i, worker);
        }
    }

    private void work(int worker) {
        int seen = 0;
        while (true) {
            for (int spins = 0; generation == seen && !closed; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (closed) {
                return;
            }
            seen = generation;
            try {
                drain(worker);
            } catch (Throwable problem) {
                failure = problem;
            } finally {
                busy.decrementAndGet();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread worker : workers) {
            LockSupport.unpark(worker);
        }
    }
}
