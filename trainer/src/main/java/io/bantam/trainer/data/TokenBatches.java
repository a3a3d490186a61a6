package io.bantam.trainer.data;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * An endless sequence of training batches: every epoch gives each sequence once, in an order that only the seed and the
 * number of the epoch decide. Batches run on across the end of an epoch, so none is short.
 *
 * <p>A thread of its own prepares the next batches. The place in the sequence is one number, {@link #position()}; an
 * instance that {@linkplain #seek seeks} there goes on with exactly the batches that would have come.
 *
 * <p>For one consumer thread. Close it before its {@link TokenFile}.
 */
public final class TokenBatches implements AutoCloseable {

    private static final int PREFETCHED = 4;

    private final SequencePacker sequences;
    private final int batchSize;
    private final long seed;
    private long position;
    private Producer producer;

    /**
     * Starts at position 0.
     *
     * @param sequences what to draw from
     * @param batchSize sequences a batch, at least 1
     * @param seed decides the order
     */
    public TokenBatches(SequencePacker sequences, int batchSize, long seed) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size " + batchSize + " is below 1");
        }
        this.sequences = sequences;
        this.batchSize = batchSize;
        this.seed = seed;
        producer = new Producer(0);
    }

    /**
     * Returns the next batch.
     *
     * @return token ids, int32 [batch, tokens], row by row; the caller may keep and change the array
     * @throws IllegalStateException if this is closed or the thread is interrupted
     */
    public int[] next() {
        if (producer == null) {
            throw new IllegalStateException("the batches are closed");
        }
        int[] batch = producer.take();
        position += batchSize;
        return batch;
    }

    /** The number of sequences handed out since the very beginning. */
    public long position() {
        return position;
    }

    /** How often all sequences were handed out: 0 in the first epoch. */
    public long epoch() {
        return position / sequences.count();
    }

    /** Sequences a batch. */
    public int batchSize() {
        return batchSize;
    }

    /** Token ids a sequence. */
    public int sequenceLength() {
        return sequences.sequenceLength();
    }

    /**
     * Goes on from a position, forward or back.
     *
     * @param position what {@link #position()} returned, 0 for the beginning
     */
    public void seek(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("position " + position + " is negative");
        }
        if (producer == null) {
            throw new IllegalStateException("the batches are closed");
        }
        producer.stop();
        this.position = position;
        producer = new Producer(position);
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.stop();
            producer = null;
        }
    }

    /** Prepares batches from one position on until it is stopped. */
    private final class Producer {

        private final BlockingQueue<Object> ready = new ArrayBlockingQueue<>(PREFETCHED);
        private final Thread thread;
        private long at;
        private long epoch = -1;
        private int[] order;

        Producer(long start) {
            at = start;
            thread = Thread.ofPlatform().daemon().name("token-batches").start(this::run);
        }

        private void run() {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    ready.put(prepare());
                }
            } catch (InterruptedException e) {
                // Stopped: what is prepared is not wanted any more.
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }

        private void fail(Throwable e) {
            try {
                ready.put(e);
            } catch (InterruptedException stopped) {
                // Nobody waits for it.
            }
        }

        private int[] prepare() {
            int length = sequences.sequenceLength();
            int[] batch = new int[Math.multiplyExact(batchSize, length)];
            for (int row = 0; row < batchSize; row++, at++) {
                if (at / sequences.count() != epoch) {
                    epoch = at / sequences.count();
                    order = new SeededRandom(seed, epoch).permutation(sequences.count());
                }
                sequences.copy(order[(int) (at % sequences.count())], batch, row * length);
            }
            return batch;
        }

        int[] take() {
            try {
                Object next = ready.take();
                if (next instanceof Throwable failure) {
                    throw new IllegalStateException("preparing a batch failed", failure);
                }
                return (int[]) next;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for a batch", e);
            }
        }

        /** Ends the thread and waits for it, so that the file under it may be closed. */
        void stop() {
            thread.interrupt();
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
