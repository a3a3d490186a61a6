package io.bantam.trainer.stage.session;

import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.train.BatchSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Batches of rows of one length, every row once an epoch, each epoch in another order that the seed decides. */
final class TaskBatches implements BatchSource {
    private final List<int[]> rows;
    private final int batch;
    private final long seed;
    private final long start;
    private long position;
    private long epoch = -1;
    private List<Integer> order = List.of();

    /** @param start rows that were used before */
    TaskBatches(List<int[]> rows, int batch, long seed, long start) {
        this.rows = rows;
        this.batch = batch;
        this.seed = seed;
        this.start = start;
    }

    @Override
    public int[] next() {
        List<int[]> chosen = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            long at = start + position * batch + i;
            chosen.add(rows.get(inEpoch(at / rows.size()).get((int) (at % rows.size()))));
        }
        position++;
        return RunData.joined(chosen);
    }

    private List<Integer> inEpoch(long wanted) {
        if (wanted != epoch) {
            List<Integer> all =
                    new ArrayList<>(IntStream.range(0, rows.size()).boxed().toList());
            Collections.shuffle(all, new Random(seed + wanted));
            order = all;
            epoch = wanted;
        }
        return order;
    }

    @Override
    public void seek(long to) {
        position = to;
    }
}
