package io.bantam.trainer.engine;

import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Runs parts of a batch beside each other on the CPU, each on one thread of its own. Small operations do not gain from
 * several threads each, but lose time where these wait for one another; whole parts of a batch need not wait.
 *
 * <p>Not for several threads at once.
 */
public final class DataParallel implements AutoCloseable {
    private final int workers;
    private final ExecutorService threads;

    /** @param workers parts that run at a time; with 1 everything runs on the caller's thread and all of its cores */
    public DataParallel(int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers: " + workers + " is below 1");
        }
        this.workers = workers;
        this.threads = Executors.newFixedThreadPool(
                workers,
                task -> Thread.ofPlatform().daemon().name("data-parallel").unstarted(task));
    }

    /** Parts that run at a time. */
    public int workers() {
        return workers;
    }

    /**
     * Runs parts and waits for all of them.
     *
     * @return what they gave, in their order
     */
    public <T> List<T> run(List<Supplier<T>> parts) {
        if (workers == 1 || parts.size() == 1) {
            return parts.stream().map(Supplier::get).toList();
        }
        List<Future<T>> futures = new ArrayList<>();
        for (Supplier<T> part : parts) {
            futures.add(threads.submit(() -> {
                JniUtils.setNumThreads(1);
                return part.get();
            }));
        }
        try {
            return results(futures);
        } finally {
            JniUtils.setNumThreads(workers);
        }
    }

    private static <T> List<T> results(List<Future<T>> futures) {
        List<T> results = new ArrayList<>();
        RuntimeException failure = null;
        for (Future<T> future : futures) {
            try {
                results.add(future.get());
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof RuntimeException runtime
                        ? runtime
                        : new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IllegalStateException("interrupted while a batch was computed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
