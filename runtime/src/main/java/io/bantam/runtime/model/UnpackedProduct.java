package io.bantam.runtime.model;

import io.bantam.runtime.format.Tiles;
import io.bantam.runtime.kernel.CodeForm;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.util.Arrays;

/**
 * The other way through a {@link TiledLinear}, with several tokens: weights are unpacked to floats, some columns of a tile at a time,
 * and multiplied with the tokens in panels of neighbouring rows. Holds the scratch memory; one running product at a time.
 *
 * <p>Inputs in floating point, and those with scales by group, meet whole weights. Codes meet digits of codes, and their sums are whole
 * numbers that float32 holds exactly.
 */
final class UnpackedProduct {
    /** Columns unpacked at a time. */
    private static final int COLUMNS = CodeForm.COLUMNS_AT_ONCE;

    /** Columns whose sums float32 holds: products of a digit less its base, up to 8, and a code, up to 128. */
    private static final int EXACT_COLUMNS = (1 << 24) / (8 * 128) / COLUMNS * COLUMNS;

    private static final int ROWS = TiledLinear.ROWS;

    private final Kernels kernels;
    private final WorkerPool pool;
    /** From the columns of a panel on. */
    private final int width;

    private final ActivationCodes scales;
    /** Sums of codes by token and group. */
    private final int[] totals;

    private final float[] normed;
    /** Per worker: weights. */
    private final float[][] unpacked;
    /** Per worker: sums of codes, {@code [tokens, ROWS]}. */
    private final float[][] sums;
    /** Per worker: the same as whole numbers. */
    private final int[][] whole;
    /** Per worker: {@code [tokens, ROWS]}. */
    private final float[][] outputs;

    private TiledLinear linear;
    private int tokens;
    private float[] in;
    /** The input after norm and quantization: {@code in}, or a copy if there is a norm. */
    private float[] x;

    private float[] out;
    private Norm norm;
    private PackedLinear.Target target;
    private final WorkerPool.Task prepareTask = this::prepare;
    private final WorkerPool.Task multiplyTask = this::multiply;

    /**
     * Makes room for some linears, if any of them is ever unpacked.
     *
     * @param maximumTokens tokens of a product
     * @param normedColumns features of tokens behind a norm
     */
    UnpackedProduct(
            Kernels kernels, WorkerPool pool, Iterable<PackedLinear> linears, int maximumTokens, int normedColumns) {
        this.kernels = kernels;
        this.pool = pool;
        width = kernels.panelWidths()[0];
        int used = 0;
        int usedWhole = 0;
        int groups = 0;
        for (PackedLinear linear : linears) {
            if (linear instanceof TiledLinear tiled && tiled.unpacks(maximumTokens)) {
                used = maximumTokens;
                if (tiled.hasOneScale()) {
                    usedWhole = maximumTokens;
                    groups = Math.max(groups, tiled.weights().groupsPerRow());
                }
            }
        }
        scales = new ActivationCodes(kernels, used);
        totals = new int[usedWhole * groups];
        normed = new float[used * normedColumns];
        int threads = pool.threads();
        unpacked = new float[threads][used == 0 ? 0 : COLUMNS * Tiles.ROWS];
        sums = new float[threads][usedWhole * ROWS];
        whole = new int[threads][usedWhole * ROWS];
        outputs = new float[threads][used * ROWS];
    }

    void run(TiledLinear linear, int tokens, float[] in, Norm norm, PackedLinear.Target target, float[] out) {
        this.linear = linear;
        this.tokens = tokens;
        this.in = in;
        this.x = norm == null ? in : normed;
        this.out = out;
        this.norm = norm;
        this.target = target;
        if (norm != null || linear.activations.enabled()) {
            pool.run(tokens, prepareTask);
        }
        pool.run(Math.ceilDiv(linear.weights().rows(), ROWS), multiplyTask);
        this.out = null;
    }

    /** Normalizes and quantizes one token. */
    private void prepare(int token, int worker) {
        int columns = linear.weights().columns();
        int at = token * columns;
        if (norm != null) {
            norm.apply(kernels, in, at, x, at);
        }
        if (!linear.activations.enabled()) {
            return;
        }
        if (!linear.hasOneScale()) {
            scales.putOnGrids(linear.activations, token, x, at, columns);
            return;
        }
        scales.quantize(linear.activations, linear.range, token, x, at, columns, true);
        int groups = linear.weights().groupsPerRow();
        int groupColumns = columns / groups;
        for (int group = 0; group < groups; group++) {
            totals[token * groups + group] = (int) kernels.sum(x, at + group * groupColumns, groupColumns);
        }
    }

    private void multiply(int pair, int worker) {
        WeightMatrix weights = linear.weights();
        int firstRow = pair * ROWS;
        int count = Math.min(ROWS, weights.rows() - firstRow);
        float[] values = outputs[worker];
        for (int t = 0; t < tokens; t++) {
            linear.bias(firstRow, count, values, t * ROWS);
        }
        for (int group = 0; group < weights.groupsPerRow(); group++) {
            if (linear.hasOneScale()) {
                addCodes(pair, firstRow, count, group, worker);
            } else {
                int columns = weights.columns() / weights.groupsPerRow();
                addProducts(pair, count, group, 0, columns, worker, true, values);
            }
        }
        for (int t = 0; t < tokens; t++) {
            linear.put(values, t * ROWS, count, target, out, t * weights.rows() + firstRow);
        }
    }

    private void addCodes(int pair, int firstRow, int count, int group, int worker) {
        WeightMatrix weights = linear.weights();
        int groups = weights.groupsPerRow();
        int groupColumns = weights.columns() / groups;
        for (int from = 0; from < groupColumns; from += EXACT_COLUMNS) {
            Arrays.fill(sums[worker], 0, tokens * ROWS, 0f);
            int columns = Math.min(EXACT_COLUMNS, groupColumns - from);
            addProducts(pair, count, group, from, columns, worker, false, sums[worker]);
            for (int i = 0; i < tokens * ROWS; i++) {
                whole[worker][i] = (from == 0 ? 0 : whole[worker][i]) + (int) sums[worker][i];
            }
        }
        for (int t = 0; t < tokens; t++) {
            weights.addSums(
                    firstRow,
                    count,
                    group,
                    whole[worker],
                    t * ROWS,
                    totals[t * groups + group],
                    scales.scales[t],
                    scales.zeros[t],
                    outputs[worker],
                    t * ROWS);
        }
    }

    /** Adds products of some columns of a group with all tokens, {@code to[token, row]}. */
    private void addProducts(
            int pair, int count, int group, int from, int columns, int worker, boolean scaled, float[] to) {
        WeightMatrix weights = linear.weights();
        int groupStart = group * (weights.columns() / weights.groupsPerRow());
        float[] panel = unpacked[worker];
        for (int tile = 0; tile < Math.ceilDiv(count, Tiles.ROWS); tile++) {
            for (int done = from; done < from + columns; done += COLUMNS) {
                int here = Math.min(COLUMNS, from + columns - done);
                weights.unpackTile(2 * pair + tile, group, done, here, scaled, panel);
                for (int row = 0; row < Tiles.ROWS; row += width) {
                    kernels.panelProduct(
                            x,
                            groupStart + done,
                            weights.columns(),
                            tokens,
                            here,
                            panel,
                            row,
                            Tiles.ROWS,
                            width,
                            to,
                            tile * Tiles.ROWS + row,
                            ROWS,
                            true);
                }
            }
        }
    }
}
