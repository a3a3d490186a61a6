package io.bantam.runtime.model;

import io.bantam.runtime.kernel.ByteWeights;
import io.bantam.runtime.kernel.FloatWeights;
import io.bantam.runtime.kernel.GroupScales;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.PanelInputs;
import io.bantam.runtime.kernel.PanelOperands;
import io.bantam.runtime.kernel.RowWeights;
import io.bantam.runtime.kernel.StreamedWeights;
import io.bantam.runtime.kernel.WeightMatrix;
import io.bantam.runtime.model.PackedLinear.Target;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The product of a {@link PanelLinear} with tokens: its tasks and its scratch memory, for one running product at a
 * time. A single token is multiplied row by row. Several are turned into panels, whose tokens lie side by side, so that
 * a weight is unpacked once for all of them.
 *
 * <p>Whole numbers are multiplied in float32, the fastest units that Java reaches, over at most 1,024 columns at a
 * time: sums of products of two signed bytes then stay within 2^24, up to which float32 is exact. These sums are added
 * up in int32.
 */
final class PanelProduct {
    /** Rows of bytes that are computed beside estimates: few, since one of them is wanted. */
    static final int CHUNK_ROWS = 16;

    /** Rows unpacked and multiplied at a time by one thread. */
    private static final int ROWS = 64;

    private static final int EXACT_COLUMNS = 1024;
    /** Rows of a stream unpacked at a time for a single token. */
    private static final int STREAM_ROWS = 8;

    /**
     * The memory of one thread.
     *
     * @param unpacked rows of weights
     * @param codeBytes one row of codes as bytes
     * @param sums products of those rows, per token
     * @param parts products of further columns
     * @param values outputs of those rows, per token
     * @param roundedSums products with a rounded token
     */
    private record Scratch(
            float[] unpacked,
            MemorySegment codeBytes,
            float[] sums,
            float[] parts,
            float[] values,
            int[] roundedSums,
            PanelOperands operands,
            PanelInputs inputs) {}

    private final Kernels kernels;
    private final WorkerPool pool;
    private final TokenBlock block;
    private final ActivationCodes scales;
    /** Sums of inputs per group and token. */
    private final float[] totals;
    /** Inputs with the tokens of a panel side by side. */
    private final float[] panels;
    /** Inputs after their norm. */
    private final float[] normed;
    /** One token's features in steps, as the kernels round them. */
    private final short[] rounded;

    private final Scratch[] scratch;

    // The running product.
    private PanelLinear linear;
    private float[] in;
    /** The input after norm and quantization: {@code in}, or a copy if there is a norm. */
    private float[] x;

    private Norm norm;
    private Target target;
    private float[] out;
    private int[] chunks;
    private ByteWeights estimated;
    private float step;
    /** The sum of {@link #rounded}. */
    private int total;

    private final WorkerPool.Task prepareTask = this::prepare;
    private final WorkerPool.Task interleaveTask = this::interleave;
    private final WorkerPool.Task multiplyTask = this::multiply;
    private final WorkerPool.Task multiplyChosenTask = this::multiplyChosen;
    private final WorkerPool.Task estimateTask = this::estimate;

    /**
     * Makes room for some linears.
     *
     * @param lanes tokens of a product, padding included
     */
    PanelProduct(Kernels kernels, WorkerPool pool, Iterable<PackedLinear> linears, int lanes) {
        this.kernels = kernels;
        this.pool = pool;
        int columns = 0;
        int groups = 0;
        for (PackedLinear linear : linears) {
            if (linear instanceof PanelLinear panel) {
                columns = Math.max(columns, panel.weights().columns());
                groups = Math.max(groups, panel.weights().scales().groupsPerRow());
            }
        }
        int used = columns == 0 ? 0 : lanes;
        int width = columns == 0 ? 0 : kernels.panelWidths()[0];
        block = new TokenBlock(kernels.panelWidths(), lanes);
        scales = new ActivationCodes(kernels, used);
        totals = new float[used * groups];
        panels = new float[used * columns];
        normed = new float[used * columns];
        rounded = new short[columns];
        scratch = new Scratch[pool.threads()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = new Scratch(
                    new float[ROWS * columns],
                    WeightMatrix.scratch(columns),
                    new float[ROWS * width],
                    new float[ROWS * width],
                    new float[ROWS * width],
                    new int[ROWS],
                    new PanelOperands(),
                    new PanelInputs(scales.scales, scales.zeros, totals));
        }
    }

    /** Multiplies tokens, as {@link PackedLinear#apply}. */
    void run(PanelLinear linear, int tokens, float[] in, Norm norm, Target target, float[] out) {
        begin(linear, tokens, in, norm, target, out);
        pool.run(tokens, prepareTask);
        if (tokens > 1) {
            pool.run(block.panels(), interleaveTask);
        }
        pool.run(Math.ceilDiv(linear.weights().rows(), ROWS), multiplyTask);
        end();
    }

    /** Multiplies one token with some chunks of rows, as {@link PackedLinear#applyTo}. */
    void run(PanelLinear linear, float[] in, Norm norm, int[] chunks, int count, float[] out) {
        begin(linear, 1, in, norm, Target.STORE, out);
        this.chunks = chunks;
        prepare(0, 0);
        pool.run(count, multiplyChosenTask);
        end();
    }

    /**
     * Estimates the outputs of one token, as {@link PackedLinear#estimate}.
     *
     * @param weights those of the linear
     */
    float estimate(PanelLinear linear, ByteWeights weights, float[] in, Norm norm, float[] out) {
        begin(linear, 1, in, norm, Target.STORE, out);
        estimated = weights;
        prepare(0, 0);
        round(weights.columns());
        pool.run(Math.ceilDiv(weights.rows(), ROWS), estimateTask);
        end();
        int half = weights.columns() / 2;
        double lost = 0;
        double squares = 0;
        for (int k = 0; k < half; k++) {
            float even = x[2 * k];
            float odd = x[2 * k + 1];
            float evenLost = even - step * rounded[k];
            float oddLost = odd - step * rounded[half + k];
            lost += evenLost * evenLost + oddLost * oddLost;
            squares += even * even + odd * odd;
        }
        return linear.lost(Math.sqrt(lost), Math.sqrt(squares));
    }

    private void begin(PanelLinear linear, int tokens, float[] in, Norm norm, Target target, float[] out) {
        this.linear = linear;
        this.in = in;
        this.x = norm == null ? in : normed;
        this.norm = norm;
        this.target = target;
        this.out = out;
        block.reset(tokens);
    }

    private void end() {
        // The caller's array, which would be kept from collection.
        out = null;
    }

    private void round(int columns) {
        step = kernels.roundForBytes(x, 0, columns, rounded);
        total = 0;
        for (int k = 0; k < columns; k++) {
            total += rounded[k];
        }
    }

    /** Estimates the outputs of rows {@code ROWS * task} and following. */
    private void estimate(int task, int worker) {
        int firstRow = task * ROWS;
        int count = Math.min(ROWS, estimated.rows() - firstRow);
        linear.bias(firstRow, count, out, firstRow);
        estimated.addEstimates(firstRow, count, rounded, step, total, scratch[worker].roundedSums, out);
    }

    /** Normalizes and quantizes one token; leaves its input in {@link #x}. */
    private void prepare(int token, int worker) {
        int columns = linear.weights().columns();
        int at = token * columns;
        if (norm != null) {
            norm.apply(kernels, in, at, x, at);
        }
        if (linear.hasOneScale()) {
            scales.quantize(linear.activations(), linear.range(), token, x, at, columns, linear.quantized());
        } else if (linear.activations().enabled()) {
            scales.putOnGrids(linear.activations(), token, x, at, columns);
        } else {
            scales.set(token, 1, 0);
        }
        GroupScales groups = linear.weights().scales();
        for (int group = 0; groups.hasZeros() && group < groups.groupsPerRow(); group++) {
            totals[group * block.lanes() + token] =
                    kernels.sum(x, at + group * groups.groupColumns(), groups.groupColumns());
        }
    }

    /** Lays the tokens of a panel side by side; lanes without a token are 0. */
    private void interleave(int panel, int worker) {
        int columns = linear.weights().columns();
        int width = block.width(panel);
        int used = block.used(panel);
        int from = block.start(panel) * columns;
        for (int k = 0; k < columns; k++) {
            int to = from + k * width;
            for (int t = 0; t < used; t++) {
                panels[to + t] = x[from + t * columns + k];
            }
            for (int t = used; t < width; t++) {
                panels[to + t] = 0;
            }
        }
    }

    /** Multiplies rows {@code ROWS * task} and following with all tokens. */
    private void multiply(int task, int worker) {
        int firstRow = task * ROWS;
        int count = Math.min(ROWS, linear.weights().rows() - firstRow);
        if (block.tokens() > 1) {
            multiplyPanels(firstRow, count, scratch[worker]);
            return;
        }
        int step = linear.weights() instanceof StreamedWeights ? STREAM_ROWS : ROWS;
        for (int row = firstRow; row < firstRow + count; row += step) {
            multiplyToken(row, Math.min(step, firstRow + count - row), scratch[worker]);
        }
    }

    private void multiplyChosen(int index, int worker) {
        int firstRow = chunks[index] * CHUNK_ROWS;
        multiplyToken(firstRow, Math.min(CHUNK_ROWS, linear.weights().rows() - firstRow), scratch[worker]);
    }

    // ------------------------------------------------------------------------------------------------ a single token

    private void multiplyToken(int firstRow, int count, Scratch its) {
        RowWeights weights = linear.weights();
        if (weights instanceof StreamedWeights) {
            unpack(firstRow, count, its);
        }
        boolean scalesFirst = linear.scalesFirst();
        int groups = scalesFirst ? 1 : weights.scales().groupsPerRow();
        int groupColumns = weights.columns() / groups;
        int step = linear.multipliesCodes() ? EXACT_COLUMNS : groupColumns;
        linear.bias(firstRow, count, its.values, 0);
        for (int group = 0; group < groups; group++) {
            int from = group * groupColumns;
            dots(firstRow, count, from, Math.min(step, groupColumns), its, its.sums);
            for (int done = step; done < groupColumns; done += step) {
                dots(firstRow, count, from + done, Math.min(step, groupColumns - done), its, its.parts);
                addWhole(its.sums, its.parts, count);
            }
            for (int r = 0; r < count; r++) {
                its.values[r] += scalesFirst ? its.sums[r] : scaled(firstRow + r, group, its.sums[r]);
            }
        }
        target.put(kernels, its.values, 0, count, out, firstRow);
    }

    private void dots(int firstRow, int count, int from, int columns, Scratch its, float[] sums) {
        switch (linear.weights()) {
            case FloatWeights floats -> floats.dots(firstRow, count, from, columns, x, sums);
            case ByteWeights bytes -> bytes.dots(firstRow, count, from, columns, x, sums);
            case StreamedWeights streamed ->
                kernels.dots(its.unpacked, from, streamed.columns(), count, columns, x, from, sums);
        }
    }

    /** Unpacks rows: codes for whole products, else weights. */
    private void unpack(int firstRow, int count, Scratch its) {
        RowWeights weights = linear.weights();
        int columns = weights.columns();
        for (int r = 0; r < count; r++) {
            if (linear.multipliesCodes()) {
                weights.codes(firstRow + r, its.codeBytes, its.unpacked, r * columns);
            } else {
                weights.row(firstRow + r, its.codeBytes, its.unpacked, r * columns);
            }
        }
    }

    private float scaled(int row, int group, float sum) {
        GroupScales weights = linear.weights().scales();
        float zero = scales.zeros[0];
        float weightScale = weights.scale(row, group);
        float weightZero = weights.zero(row, group);
        float inner = weightScale * sum;
        if (weights.hasZeros()) {
            inner += weightZero * totals[group * block.lanes()];
        }
        float y = scales.scales[0] * inner;
        return zero == 0
                ? y
                : y + zero * (weightScale * weights.codeSum(row, group) + weightZero * weights.groupColumns());
    }

    /** Adds whole numbers through int32, and rounds the result to float32 once. */
    private static void addWhole(float[] sums, float[] part, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] = (int) sums[i] + (int) part[i];
        }
    }

    // ------------------------------------------------------------------------------------------------------- panels

    private void multiplyPanels(int firstRow, int count, Scratch its) {
        int columns = linear.weights().columns();
        // Floats too are copied: the product walks the rows in pieces, which memory serves badly.
        unpack(firstRow, count, its);
        for (int panel = 0; panel < block.panels(); panel++) {
            int width = block.width(panel);
            for (int r = 0; r < count; r++) {
                Arrays.fill(its.values, r * width, (r + 1) * width, linear.bias(firstRow + r));
            }
            if (linear.multipliesCodes()) {
                multiplyCodes(panel, firstRow, count, its);
            } else {
                its.operands
                        .rows(its.unpacked, 0, columns)
                        .panel(panels, block.start(panel) * columns, width)
                        .sums(its.values, 0, width);
                kernels.panelProduct(its.operands, count, columns, width, true);
            }
            put(panel, firstRow, count, its);
        }
    }

    private void multiplyCodes(int panel, int firstRow, int count, Scratch its) {
        GroupScales weights = linear.weights().scales();
        int columns = linear.weights().columns();
        int groupColumns = weights.groupColumns();
        int width = block.width(panel);
        int start = block.start(panel);
        for (int group = 0; group < weights.groupsPerRow(); group++) {
            for (int done = 0; done < groupColumns; done += EXACT_COLUMNS) {
                int from = group * groupColumns + done;
                its.operands
                        .rows(its.unpacked, from, columns)
                        .panel(panels, start * columns + from * width, width)
                        .sums(done == 0 ? its.sums : its.parts, 0, width);
                kernels.panelProduct(its.operands, count, Math.min(EXACT_COLUMNS, groupColumns - done), width, false);
                if (done > 0) {
                    addWhole(its.sums, its.parts, count * width);
                }
            }
            its.inputs.set(start, width, group * block.lanes() + start);
            kernels.addPanelProduct(weights, group, firstRow, count, its.inputs, its.sums, its.values);
        }
    }

    /** Takes the tokens of a panel apart again. */
    private void put(int panel, int firstRow, int count, Scratch its) {
        int width = block.width(panel);
        float[] row = its.sums;
        for (int t = 0; t < block.used(panel); t++) {
            for (int r = 0; r < count; r++) {
                row[r] = its.values[r * width + t];
            }
            int to = (block.start(panel) + t) * linear.weights().rows() + firstRow;
            target.put(kernels, row, 0, count, out, to);
        }
    }
}
