package io.bantam.trainer.stage;

import io.bantam.trainer.data.TokenBatches;
import io.bantam.trainer.train.BatchSource;

/** The data package's stream of batches as the training loop takes it. */
record PackedBatches(TokenBatches batches) implements BatchSource {
    @Override
    public int[] next() {
        return batches.next();
    }

    @Override
    public long position() {
        return batches.position() / batches.batchSize();
    }

    @Override
    public void seek(long position) {
        batches.seek(position * batches.batchSize());
    }

    @Override
    public void close() {
        batches.close();
    }
}
