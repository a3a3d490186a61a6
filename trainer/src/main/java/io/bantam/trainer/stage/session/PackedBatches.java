package io.bantam.trainer.stage.session;

import io.bantam.trainer.data.TokenBatches;
import io.bantam.trainer.train.BatchSource;

/**
 * The data package's batches as the training loop takes them.
 *
 * @param start sequences that are passed over, so that position 0 is behind them
 */
record PackedBatches(TokenBatches batches, long start) implements BatchSource {
    PackedBatches {
        batches.seek(start);
    }

    @Override
    public int[] next() {
        return batches.next();
    }

    @Override
    public void seek(long position) {
        batches.seek(start + position * batches.batchSize());
    }

    @Override
    public void close() {
        batches.close();
    }
}
