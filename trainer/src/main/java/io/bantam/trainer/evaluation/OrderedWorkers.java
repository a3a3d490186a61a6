package io.bantam.trainer.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Runs the items of a list on a few threads and hands the results back in order. */
public final class OrderedWorkers {
    private OrderedWorkers() {}

    /**
     * Applies the work to every item. Each thread makes one tool (a model, say) and keeps it. The first failure stops
     * all threads after their current item and is thrown.
     */
    public static <I, T, R> List<R> run(
            List<I> items, int workers, Supplier<T> tools, BiFunction<T, I, R> work, EvaluationProgress progress) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers must be at least 1, not " + workers);
        }
        List<R> results = new ArrayList<>(Collections.nCopies(items.size(), null));
        AtomicInteger next = new AtomicInteger();
        int[] done = {0};
        Object lock = new Object();
        Runnable loop = () -> {
            T tool = tools.get();
            for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("evaluation was interrupted");
                }
                R result;
                try {
                    result = work.apply(tool, items.get(i));
                } catch (Throwable e) {
                    next.set(items.size()); // the others find nothing left to do
                    throw e;
                }
                synchronized (lock) {
                    results.set(i, result);
                    progress.report(++done[0], items.size());
                }
            }
        };
        try (ExecutorService pool = Executors.newFixedThreadPool(
                Math.min(workers, Math.max(1, items.size())),
                Thread.ofPlatform().daemon().name("evaluation-", 1).factory())) {
            List<Future<?>> futures = new ArrayList<>();
            for (int w = 0; w < Math.min(workers, items.size()); w++) {
                futures.add(pool.submit(loop));
            }
            try {
                for (Future<?> future : futures) {
                    future.get();
                }
            } catch (ExecutionException e) {
                pool.shutdownNow();
                throw unchecked(e.getCause());
            } catch (InterruptedException e) {
                pool.shutdownNow();
                Thread.currentThread().interrupt();
                throw new CancellationException("evaluation was interrupted");
            }
        }
        return results;
    }

    private static RuntimeException unchecked(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        // a Runnable throws nothing else
        return cause instanceof RuntimeException exception ? exception : new IllegalStateException(cause);
    }
}
