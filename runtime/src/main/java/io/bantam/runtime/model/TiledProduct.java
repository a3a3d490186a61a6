package io.bantam.runtime.model;

import io.bantam.runtime.kernel.Kernels;

/** The scratch memory and the tasks of {@link TiledLinear}: one running product at a time. */
final class TiledProduct {
    /** Tables that the second-level cache holds beside the weights. */
    private static final int CACHED_BYTES = 1 << 20;
    /** Codes that a thread reads through before it multiplies them: part of its second-level cache. */
    private static final int FETCHED_BYTES = 1 << 17;
    /** Tasks that a thread should have at least, so that none waits long for another. */
    private static final int TASKS_PER_THREAD = 2;
    /** What {@link Kernels#prepare} may read behind the last code. */
    private static final int CODES_BEHIND = 64;

    final byte[] prepared;
    final ActivationCodes scales;
    final int[] totals;
    /** Per worker: a token's features after its norm. */
    final float[][] values;
    /** Per worker: a token's codes. */
    final short[][] codes;
    /** Per worker: features as whole numbers of several digits. */
    final int[][] whole;
    /** Per worker: sums of the rows of a task. */
    final int[][] sums;
    /** Per worker: for the kernels. */
    final int[][] scratch;
    /** Per worker: outputs of the rows of a task. */
    final float[][] outputs;

    /** Per worker: what {@link io.bantam.runtime.kernel.WeightMatrix#fetchTiles} gave. */
    final long[] fetched;

    float[] in;
    float[] out;
    Norm norm;
    PackedLinear.Target target;
    int first;
    int count;
    boolean many;
    private TiledLinear linear;
    private int pairsPerTask;
    private int[] chunks;

    private final WorkerPool pool;
    private final WorkerPool.Task prepareTask = this::prepare;
    private final WorkerPool.Task multiplyTask = this::multiply;
    private final WorkerPool.Task multiplyChosenTask = this::multiplyChosen;

    /**
     * Makes room for some linears.
     *
     * @param maximumTokens tokens of a product
     */
    TiledProduct(Kernels kernels, WorkerPool pool, Iterable<PackedLinear> linears, int maximumTokens) {
        this.pool = pool;
        int largest = 0;
        int smallest = Integer.MAX_VALUE;
        int columns = 0;
        int wholeColumns = 0;
        int totalsPerToken = 0;
        int digits = 1;
        int together = 1;
        int scalesPerToken = 1;
        for (PackedLinear linear : linears) {
            if (linear instanceof TiledLinear tiled) {
                int lookedUp = tiled.lookedUp(maximumTokens);
                int few = tiled.preparedBytes(false);
                int many = tiled.many(lookedUp) ? tiled.preparedBytes(true) : few;
                together = Math.max(together, lookedUp);
                largest = Math.max(largest, Math.max(few, many));
                smallest = Math.min(smallest, Math.min(few, many));
                columns = Math.max(columns, tiled.weights().columns());
                wholeColumns = Math.max(wholeColumns, tiled.takenApart());
                totalsPerToken = Math.max(totalsPerToken, tiled.totals());
                digits = Math.max(digits, tiled.digits());
                scalesPerToken = Math.max(scalesPerToken, tiled.scales());
            }
        }
        int room = largest == 0 ? 0 : Math.max(largest, Math.min(CACHED_BYTES, together * smallest));
        prepared = new byte[room];
        int tokens = largest == 0 ? 0 : room / smallest;
        scales = new ActivationCodes(kernels, tokens * scalesPerToken);
        totals = new int[tokens * totalsPerToken];
        int threads = pool.threads();
        values = new float[threads][columns];
        codes = new short[threads][columns + CODES_BEHIND];
        whole = new int[threads][wholeColumns];
        int slots = Math.min(TiledLinear.SLOTS, Math.max(2, maximumTokens * digits));
        sums = new int[threads][slots * TiledLinear.ROWS];
        fetched = new long[threads];
        scratch = new int[threads][Kernels.TILE_SCRATCH];
        outputs = new float[threads][slots * TiledLinear.ROWS];
    }

    void run(
            TiledLinear linear,
            int first,
            int count,
            boolean many,
            float[] in,
            Norm norm,
            PackedLinear.Target target,
            float[] out) {
        this.linear = linear;
        this.first = first;
        this.count = count;
        this.many = many;
        this.in = in;
        this.norm = norm;
        this.target = target;
        this.out = out;
        pool.run(count, prepareTask);
        int pairs = pairs(linear);
        pairsPerTask = many ? 1 : pairsPerTask(linear, pairs);
        pool.run(Math.ceilDiv(pairs, pairsPerTask), multiplyTask);
        // The caller's array, which would be kept from collection.
        this.out = null;
    }

    private static int pairs(TiledLinear linear) {
        return Math.ceilDiv(linear.weights().rows(), TiledLinear.ROWS);
    }

    private int pairsPerTask(TiledLinear linear, int pairs) {
        int fetched = FETCHED_BYTES / (TiledLinear.ROWS * linear.weights().tileRowBytes());
        int threads = pool.threads();
        int shared = threads == 1 ? pairs : Math.ceilDiv(pairs, threads * TASKS_PER_THREAD);
        return Math.max(1, Math.min(fetched, shared));
    }

    /** Multiplies the first token with some chunks of rows. */
    void run(TiledLinear linear, float[] in, Norm norm, int[] chunks, int count, float[] out) {
        this.linear = linear;
        this.first = 0;
        this.count = 1;
        this.many = false;
        this.in = in;
        this.norm = norm;
        this.target = PackedLinear.Target.STORE;
        this.out = out;
        this.chunks = chunks;
        pool.run(1, prepareTask);
        pool.run(count, multiplyChosenTask);
        this.out = null;
    }

    private void prepare(int index, int worker) {
        linear.prepare(first + index, index, worker, this);
    }

    private void multiply(int index, int worker) {
        int first = index * pairsPerTask;
        int end = Math.min(pairs(linear), first + pairsPerTask);
        if (!many) {
            // Of many tokens the products take longer than the reading.
            fetched[worker] = linear.weights().fetchTiles(2 * first, 2 * (end - first));
        }
        for (int pair = first; pair < end; pair++) {
            linear.multiply(pair, worker, this);
        }
    }

    private void multiplyChosen(int index, int worker) {
        linear.multiply(chunks[index], worker, this);
    }
}
