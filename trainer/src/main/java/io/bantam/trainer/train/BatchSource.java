package io.bantam.trainer.train;

/**
 * An endless, repeatable sequence of training batches. The same seed and position give the same batches, so that a
 * resumed training sees what the interrupted one would have seen.
 */
public interface BatchSource extends AutoCloseable {
    /** The next batch: rows of {@code tokens + 1} ids, one after the other; the position moves on by one. */
    int[] next();

    /** Goes to a position, as if so many batches had been handed out. */
    void seek(long position);

    /** Ends threads of its own, if it has any. */
    @Override
    default void close() {}
}
