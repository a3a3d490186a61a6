package io.bantam.runtime.model;

import io.bantam.runtime.format.Tiles;
import io.bantam.runtime.kernel.CodeForm;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.PanelOperands;
import io.bantam.runtime.kernel.TileRange;
import io.bantam.runtime.kernel.TiledWeights;
import io.bantam.runtime.model.PackedLinear.Target;
import java.util.Arrays;

/**
 * The product of a {@link TiledLinear} with several tokens by unpacked weights: its tasks and its scratch memory, for
 * one running product at a time. Weights are unpacked to floats, some columns of a tile at a time, and multiplied with
 * the tokens in panels of neighbouring rows.
 *
 * <p>Inputs in floating point, and those with scales by group, meet whole weights. Codes meet digits of codes, and
 * their sums are whole numbers that float32 holds exactly.
 */
final class UnpackedProduct {
    /** Columns unpacked at a time. */
    private static final int COLUMNS = CodeForm.COLUMNS_AT_ONCE;

    /** Columns whose sums float32 holds: products of a digit less its base, up to 8, and a code, up to 128. */
    private static final int EXACT_COLUMNS = (1 << 24) / (8 * 128) / COLUMNS * COLUMNS;

    /** Rows of a task: two tiles. */
    private static final int ROWS = TiledProduct.ROWS;

    /**
     * The memory of one thread.
     *
     * @param unpacked columns of a tile, a panel of its rows
     * @param sums of codes, {@code [tokens, ROWS]}
     * @param whole the same as whole numbers
     * @param outputs {@code [tokens, ROWS]}
     */
    private record Scratch(
            float[] unpacked, float[] sums, int[] whole, float[] outputs, TileRange tile, PanelOperands operands) {}

    private final Kernels kernels;
    private final WorkerPool pool;
    /** Rows of a panel. */
    private final int width;

    private final ActivationCodes scales;
    /** Sums of codes by token and group. */
    private final int[] totals;
    /** Inputs after their norm. */
    private final float[] normed;

    private final Scratch[] scratch;

    // The running product.
    private TiledLinear linear;
    private int tokens;
    private float[] in;
    /** The input after norm and quantization: {@code in}, or a copy if there is a norm. */
    private float[] x;

    private Norm norm;
    private Target target;
    private float[] out;
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
                    groups = Math.max(groups, tiled.weights().scales().groupsPerRow());
                }
            }
        }
        scales = new ActivationCodes(kernels, used);
        totals = new int[usedWhole * groups];
        normed = new float[used * normedColumns];
        scratch = new Scratch[pool.threads()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = new Scratch(
                    new float[used == 0 ? 0 : COLUMNS * Tiles.ROWS],
                    new float[usedWhole * ROWS],
                    new int[usedWhole * ROWS],
                    new float[used * ROWS],
                    new TileRange(),
                    new PanelOperands());
        }
    }

    /** Multiplies tokens, as {@link PackedLinear#apply}. */
    void run(TiledLinear linear, int tokens, float[] in, Norm norm, Target target, float[] out) {
        this.linear = linear;
        this.tokens = tokens;
        this.in = in;
        this.x = norm == null ? in : normed;
        this.norm = norm;
        this.target = target;
        this.out = out;
        if (norm != null || linear.activations().enabled()) {
            pool.run(tokens, prepareTask);
        }
        pool.run(Math.ceilDiv(linear.weights().rows(), ROWS), multiplyTask);
        // The caller's array, which would be kept from collection.
        this.out = null;
    }

    /** Normalizes and quantizes one token. */
    private void prepare(int token, int worker) {
        int columns = linear.weights().columns();
        int at = token * columns;
        if (norm != null) {
            norm.apply(kernels, in, at, x, at);
        }
        if (!linear.activations().enabled()) {
            return;
        }
        if (!linear.hasOneScale()) {
            scales.putOnGrids(linear.activations(), token, x, at, columns);
            return;
        }
        scales.quantize(linear.activations(), linear.range(), token, x, at, columns, true);
        int groups = linear.weights().scales().groupsPerRow();
        int groupColumns = columns / groups;
        for (int group = 0; group < groups; group++) {
            totals[token * groups + group] = (int) kernels.sum(x, at + group * groupColumns, groupColumns);
        }
    }

    private void multiply(int chunk, int worker) {
        TiledWeights weights = linear.weights();
        int firstRow = chunk * ROWS;
        int rows = Math.min(ROWS, weights.rows() - firstRow);
        Scratch its = scratch[worker];
        for (int t = 0; t < tokens; t++) {
            linear.bias(firstRow, rows, its.outputs, t * ROWS);
        }
        for (int group = 0; group < weights.scales().groupsPerRow(); group++) {
            if (linear.hasOneScale()) {
                addCodes(firstRow, rows, group, its);
            } else {
                addProducts(firstRow, rows, group, 0, weights.scales().groupColumns(), its, its.outputs);
            }
        }
        for (int t = 0; t < tokens; t++) {
            target.put(kernels, its.outputs, t * ROWS, rows, out, t * weights.rows() + firstRow);
        }
    }

    private void addCodes(int firstRow, int rows, int group, Scratch its) {
        TiledWeights weights = linear.weights();
        int groups = weights.scales().groupsPerRow();
        int groupColumns = weights.scales().groupColumns();
        for (int from = 0; from < groupColumns; from += EXACT_COLUMNS) {
            Arrays.fill(its.sums, 0, tokens * ROWS, 0f);
            addProducts(firstRow, rows, group, from, Math.min(EXACT_COLUMNS, groupColumns - from), its, its.sums);
            for (int i = 0; i < tokens * ROWS; i++) {
                its.whole[i] = (from == 0 ? 0 : its.whole[i]) + (int) its.sums[i];
            }
        }
        for (int t = 0; t < tokens; t++) {
            weights.addSums(
                    firstRow,
                    rows,
                    group,
                    its.whole,
                    t * ROWS,
                    totals[t * groups + group],
                    scales.scales[t],
                    scales.zeros[t],
                    its.outputs,
                    t * ROWS);
        }
    }

    /**
     * Adds products of some columns of a group with all tokens, {@code to[token, row]}; of digits where inputs are
     * codes.
     */
    private void addProducts(int firstRow, int rows, int group, int from, int columns, Scratch its, float[] to) {
        TiledWeights weights = linear.weights();
        int groupStart = group * weights.scales().groupColumns();
        for (int tile = 0; tile < Math.ceilDiv(rows, Tiles.ROWS); tile++) {
            int tileOfAll = firstRow / Tiles.ROWS + tile;
            for (int done = from; done < from + columns; done += COLUMNS) {
                int here = Math.min(COLUMNS, from + columns - done);
                if (linear.hasOneScale()) {
                    weights.unpackDigits(its.tile, tileOfAll, group, done, here, its.unpacked);
                } else {
                    weights.unpackWeights(its.tile, tileOfAll, group, done, here, its.unpacked);
                }
                its.operands.rows(x, groupStart + done, weights.columns());
                for (int row = 0; row < Tiles.ROWS; row += width) {
                    its.operands.panel(its.unpacked, row, Tiles.ROWS).sums(to, tile * Tiles.ROWS + row, ROWS);
                    kernels.panelProduct(its.operands, tokens, here, width, true);
                }
            }
        }
    }
}
