package io.bantam.runtime.model;

import io.bantam.runtime.format.Tiles;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.PreparedTokens;
import io.bantam.runtime.kernel.TileProduct;
import io.bantam.runtime.kernel.TileRange;
import io.bantam.runtime.kernel.TileSums;
import io.bantam.runtime.kernel.TiledWeights;
import io.bantam.runtime.model.PackedLinear.Target;
import java.util.Arrays;

/**
 * The product of a {@link TiledLinear} with tokens as codes: its tasks and its scratch memory, for one running product
 * at a time.
 *
 * <p>Tokens are prepared first, as many as the second-level cache holds lookup tables for, each by one thread; then
 * threads share the rows, and every row meets all prepared tokens while it is in the first-level cache. A token takes a
 * <em>slot</em> for each digit.
 */
final class TiledProduct {
    /** Rows of a chunk, which one thread multiplies at a time: two tiles. */
    static final int ROWS = 2 * Tiles.ROWS;

    /** Slots that are multiplied together. */
    private static final int SLOTS = 64;
    /** Bytes of lookup tables that the second-level cache holds beside the weights. */
    private static final int CACHED_BYTES = 1 << 20;
    /** Bytes of codes that a thread reads through before it multiplies them: part of its second-level cache. */
    private static final int FETCHED_BYTES = 1 << 17;
    /** Tasks that a thread should have at least, so that none waits long for another. */
    private static final int TASKS_PER_THREAD = 2;
    /** Elements that {@link TileProduct#prepare} may read behind the last code. */
    private static final int CODES_BEHIND = 64;

    /**
     * Largest whole number used for each number of digits: the largest whole number used, a little below what they can
     * write.
     */
    private static final float[] LARGEST = {0, 127, 32_600, 8_000_000};

    /**
     * The memory of one thread.
     *
     * @param normed a token's features after its norm
     * @param codes a token's codes
     * @param whole a token's features as whole numbers of several digits
     * @param sums of the rows of a chunk, {@code [slots, ROWS]}
     * @param outputs of the rows of a chunk, {@code [tokens, ROWS]}
     */
    private record Scratch(
            float[] normed,
            short[] codes,
            int[] whole,
            TileSums sums,
            float[] outputs,
            TileRange tiles,
            PreparedTokens tokens) {}

    private final Kernels kernels;
    private final WorkerPool pool;
    private final byte[] prepared;
    private final ActivationCodes scales;
    /** Sums of codes, by slot and part. */
    private final int[] totals;

    private final Scratch[] scratch;
    /** What each thread got of {@link TiledWeights#fetch} gave. */
    private final long[] fetched;

    // The running product.
    private TiledLinear linear;
    private TileProduct product;
    private int first;
    private int count;
    private float[] in;
    private Norm norm;
    private Target target;
    private float[] out;
    private boolean fetches;
    private int chunksPerTask;
    private int[] chunks;

    private final WorkerPool.Task prepareTask = this::prepare;
    private final WorkerPool.Task multiplyTask = this::multiply;
    private final WorkerPool.Task multiplyChosenTask = this::multiplyChosen;

    /**
     * Makes room for some linears.
     *
     * @param maximumTokens tokens of a product
     */
    TiledProduct(Kernels kernels, WorkerPool pool, Iterable<PackedLinear> linears, int maximumTokens) {
        this.kernels = kernels;
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
                int tokens = tiled.tokensTogether(maximumTokens);
                int few = tiled.preparedBytes(tiled.product(0));
                int many = tiled.preparedBytes(tiled.product(tokens));
                together = Math.max(together, tokens);
                largest = Math.max(largest, Math.max(few, many));
                smallest = Math.min(smallest, Math.min(few, many));
                columns = Math.max(columns, tiled.weights().columns());
                wholeColumns = Math.max(
                        wholeColumns, tiled.takesCodes() ? 0 : tiled.weights().columns());
                totalsPerToken = Math.max(totalsPerToken, tiled.digits() * tiled.parts());
                digits = Math.max(digits, tiled.digits());
                scalesPerToken = Math.max(scalesPerToken, tiled.digits() * tiled.inputScales());
            }
        }
        int room = largest == 0 ? 0 : Math.max(largest, Math.min(CACHED_BYTES, together * smallest));
        prepared = new byte[room];
        int tokens = largest == 0 ? 0 : room / smallest;
        scales = new ActivationCodes(kernels, tokens * scalesPerToken);
        totals = new int[tokens * totalsPerToken];
        int slots = Math.min(SLOTS, Math.max(2, maximumTokens * digits));
        scratch = new Scratch[pool.threads()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = new Scratch(
                    new float[columns],
                    new short[columns + CODES_BEHIND],
                    new int[wholeColumns],
                    new TileSums(slots, ROWS),
                    new float[slots * ROWS],
                    new TileRange(),
                    new PreparedTokens(prepared));
        }
        fetched = new long[scratch.length];
    }

    /** Multiplies tokens, as {@link PackedLinear#apply}. */
    void run(TiledLinear linear, int tokens, float[] in, Norm norm, Target target, float[] out) {
        TileProduct product = linear.product(tokens);
        int rounds = Math.ceilDiv(tokens, Math.max(1, prepared.length / linear.preparedBytes(product)));
        int atOnce = Math.ceilDiv(tokens, rounds);
        begin(linear, product, in, norm, target, out);
        int all = Math.ceilDiv(linear.weights().rows(), ROWS);
        // Products with many tokens take longer than the reading.
        fetches = tokens * linear.digits() < Kernels.MANY_TOKENS;
        chunksPerTask = fetches ? chunksPerTask(linear.weights(), all) : 1;
        for (first = 0; first < tokens; first += atOnce) {
            count = Math.min(atOnce, tokens - first);
            pool.run(count, prepareTask);
            pool.run(Math.ceilDiv(all, chunksPerTask), multiplyTask);
        }
        end();
    }

    /** Multiplies one token with some chunks of rows, as {@link PackedLinear#applyTo}. */
    void run(TiledLinear linear, float[] in, Norm norm, int[] chunks, int chunkCount, float[] out) {
        begin(linear, linear.product(1), in, norm, Target.STORE, out);
        this.chunks = chunks;
        first = 0;
        count = 1;
        pool.run(1, prepareTask);
        pool.run(chunkCount, multiplyChosenTask);
        end();
    }

    /**
     * Estimates the outputs of one token, as {@link PackedLinear#estimate}.
     *
     * @param oneDigit the same linear with one digit
     */
    float estimate(TiledLinear linear, TiledLinear oneDigit, float[] in, Norm norm, float[] out) {
        run(oneDigit, 1, in, norm, Target.STORE, out);
        // A single token is prepared by the calling thread.
        float[] x = norm == null ? in : scratch[0].normed;
        short[] codes = scratch[0].codes;
        int columns = linear.weights().columns();
        float scale = scales.scales[0];
        double rounded = 0;
        double squares = 0;
        for (int k = 0; k < columns; k++) {
            float difference = x[k] - scale * codes[k];
            rounded += difference * difference;
            squares += x[k] * x[k];
        }
        // Two digits round too, by half of their smallest step.
        double smallest = scale * LARGEST[1] / LARGEST[linear.digits()];
        return linear.lost(Math.sqrt(rounded) + smallest * Math.sqrt(columns), Math.sqrt(squares));
    }

    private void begin(TiledLinear linear, TileProduct product, float[] in, Norm norm, Target target, float[] out) {
        this.linear = linear;
        this.product = product;
        this.in = in;
        this.norm = norm;
        this.target = target;
        this.out = out;
    }

    private void end() {
        // The caller's array, which would be kept from collection.
        out = null;
    }

    private int chunksPerTask(TiledWeights weights, int all) {
        int inCache = FETCHED_BYTES / (ROWS * weights.rowBytes());
        int threads = pool.threads();
        int shared = threads == 1 ? all : Math.ceilDiv(all, threads * TASKS_PER_THREAD);
        return Math.max(1, Math.min(inCache, shared));
    }

    /** Normalizes, quantizes and prepares one token. */
    private void prepare(int index, int worker) {
        int columns = linear.weights().columns();
        float[] x = in;
        int at = (first + index) * columns;
        if (norm != null) {
            norm.apply(kernels, x, at, scratch[worker].normed, 0);
            x = scratch[worker].normed;
            at = 0;
        }
        // Columns that fill the last unit.
        int padded = linear.weights().form().columns(linear.weights().rowBytes());
        Arrays.fill(scratch[worker].codes, columns, padded, (short) 0);
        if (linear.takesCodes()) {
            prepareCodes(index, x, at, worker);
        } else {
            prepareDigits(index, x, at, worker);
        }
    }

    private void prepareCodes(int token, float[] x, int at, int worker) {
        int columns = linear.weights().columns();
        short[] codes = scratch[worker].codes;
        if (linear.inputScales() == 1) {
            scales.quantize(linear.activations(), linear.range(), token, x, at, columns, codes);
        } else {
            scales.quantizeGroups(linear.activations(), token * linear.inputScales(), x, at, columns, codes);
        }
        prepareSlot(token, codes);
    }

    private void prepareDigits(int token, float[] x, int at, int worker) {
        int columns = linear.weights().columns();
        int digits = linear.digits();
        if (linear.activations().enabled()) {
            scales.putOnGrids(linear.activations(), token * digits, x, at, columns);
        }
        float largest = scales.largest(token * digits, x, at, columns);
        float inverse = largest == 0 ? 0 : LARGEST[digits] / largest;
        float scale = largest / LARGEST[digits];
        int[] whole = scratch[worker].whole;
        for (int k = 0; k < columns; k++) {
            whole[k] = (int) Math.rint(x[at + k] * inverse);
        }
        short[] codes = scratch[worker].codes;
        for (int digit = 0; digit < digits; digit++) {
            for (int k = 0; k < columns; k++) {
                int q = (byte) whole[k];
                codes[k] = (short) q;
                whole[k] = (whole[k] - q) >> 8;
            }
            scales.set(token * digits + digit, scale, 0);
            prepareSlot(token * digits + digit, codes);
            scale *= 256;
        }
    }

    private void prepareSlot(int slot, short[] codes) {
        int parts = linear.parts();
        int partColumns = linear.weights().columns() / parts;
        int partPrepared = product.preparedBytes();
        for (int part = 0; part < parts; part++) {
            totals[slot * parts + part] = kernels.sum(codes, part * partColumns, partColumns);
            product.prepare(codes, part * partColumns, prepared, (slot * parts + part) * partPrepared);
        }
    }

    private void multiply(int task, int worker) {
        TiledWeights weights = linear.weights();
        int from = task * chunksPerTask;
        int end = Math.min(Math.ceilDiv(weights.rows(), ROWS), from + chunksPerTask);
        if (fetches) {
            fetched[worker] = weights.fetch(2 * from, 2 * (end - from));
        }
        for (int chunk = from; chunk < end; chunk++) {
            multiplyChunk(chunk, worker);
        }
    }

    private void multiplyChosen(int index, int worker) {
        multiplyChunk(chunks[index], worker);
    }

    /** Multiplies the rows of two tiles with all prepared tokens, some slots at a time. */
    private void multiplyChunk(int chunk, int worker) {
        TiledWeights weights = linear.weights();
        int digits = linear.digits();
        int firstRow = chunk * ROWS;
        int rows = Math.min(ROWS, weights.rows() - firstRow);
        float[] outputs = scratch[worker].outputs;
        int slots = count * digits;
        int together = scratch[worker].sums.tokens();
        for (int from = 0; from < slots; from += together) {
            int end = Math.min(slots, from + together);
            for (int slot = from; slot < end; slot++) {
                if (slot % digits == 0) {
                    linear.bias(firstRow, rows, outputs, place(slot, together));
                }
            }
            for (int part = 0; part < linear.parts(); part++) {
                addPart(chunk, rows, part, from, end, scratch[worker]);
            }
            for (int slot = from; slot < end; slot++) {
                if ((slot + 1) % digits == 0) {
                    int to = (first + slot / digits) * weights.rows() + firstRow;
                    target.put(kernels, outputs, place(slot, together), rows, out, to);
                }
            }
        }
    }

    /**
     * Adds the products of one part of the columns, of slots {@code from} to {@code end - 1}, to their tokens' outputs.
     */
    private void addPart(int chunk, int rows, int part, int from, int end, Scratch its) {
        TiledWeights weights = linear.weights();
        int parts = linear.parts();
        int partPrepared = product.preparedBytes();
        its.tokens.set((from * parts + part) * partPrepared, parts * partPrepared, end - from);
        int tileCount = Math.ceilDiv(rows, Tiles.ROWS);
        product.multiply(weights.range(its.tiles, 2 * chunk, tileCount, part, parts), its.tokens, its.sums);
        int group = share(part, weights.scales().groupsPerRow());
        int inputScales = linear.inputScales();
        int inputScale = share(part, inputScales);
        for (int slot = from; slot < end; slot++) {
            int scale = slot * inputScales + inputScale;
            weights.addSums(
                    chunk * ROWS,
                    rows,
                    group,
                    its.sums.values(),
                    (slot - from) * ROWS,
                    totals[slot * parts + part],
                    scales.scales[scale],
                    scales.zeros[scale],
                    its.outputs,
                    place(slot, its.sums.tokens()));
        }
    }

    /** Where the outputs of a slot's token are: neighbouring tokens must not share them. */
    private int place(int slot, int together) {
        int digits = linear.digits();
        return slot < digits ? 0 : slot / digits % together * ROWS;
    }

    /** Which of so many groups a part belongs to. */
    private int share(int part, int groups) {
        return part == 0 ? 0 : part * groups / linear.parts();
    }
}
