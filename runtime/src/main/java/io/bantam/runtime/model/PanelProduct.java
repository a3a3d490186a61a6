package io.bantam.runtime.model;

import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.lang.foreign.MemorySegment;

/** The scratch memory and the tasks of {@link PanelLinear}: one running product at a time. */
final class PanelProduct {
    final TokenBlock block;
    final ActivationCodes scales;
    /** Sums of activations per group and token. */
    final float[] totals;

    final float[] panels;
    /** Per worker: unpacked rows of weights. */
    final float[][] unpacked;
    /** Per worker: one row of codes as bytes. */
    final MemorySegment[] codeBytes;
    /** Per worker: products of those rows, per token. */
    final float[][] sums;
    /** Per worker: products of further columns. */
    final float[][] parts;
    /** Per worker: outputs of those rows, per token. */
    final float[][] values;

    /** One token's features in steps, as the kernels round them. */
    final short[] rounded;
    /** Per worker: products with them. */
    final int[][] roundedSums;

    float step;
    /** The sum of {@link #rounded}. */
    int total;

    private final float[] normed;
    float[] in;
    /** The input after norm and quantization: {@code in}, or a copy if there is a norm. */
    float[] x;

    float[] out;
    Norm norm;
    PackedLinear.Target target;
    private PanelLinear linear;
    private int[] chunks;

    private final WorkerPool pool;
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
        this.pool = pool;
        int columns = 0;
        int groups = 0;
        for (PackedLinear linear : linears) {
            if (linear instanceof PanelLinear panel) {
                columns = Math.max(columns, panel.weights().columns());
                groups = Math.max(groups, panel.weights().groupsPerRow());
            }
        }
        int used = columns == 0 ? 0 : lanes;
        int width = columns == 0 ? 0 : kernels.panelWidths()[0];
        block = new TokenBlock(kernels.panelWidths(), lanes);
        scales = new ActivationCodes(kernels, used);
        totals = new float[used * groups];
        panels = new float[used * columns];
        normed = new float[used * columns];
        int threads = pool.threads();
        int rows = PanelLinear.ROWS;
        unpacked = new float[threads][rows * columns];
        codeBytes = new MemorySegment[threads];
        for (int i = 0; i < threads; i++) {
            codeBytes[i] = WeightMatrix.scratch(columns);
        }
        sums = new float[threads][rows * width];
        parts = new float[threads][rows * width];
        values = new float[threads][rows * width];
        rounded = new short[columns];
        roundedSums = new int[threads][rows];
    }

    void run(PanelLinear linear, int tokens, float[] in, Norm norm, PackedLinear.Target target, float[] out) {
        take(linear, tokens, in, norm, target, out);
        pool.run(tokens, prepareTask);
        if (tokens > 1) {
            pool.run(block.panels(), interleaveTask);
        }
        pool.run(Math.ceilDiv(linear.weights().rows(), PanelLinear.ROWS), multiplyTask);
        this.out = null;
    }

    /** Estimates the outputs of one token. */
    void estimate(PanelLinear linear, float[] in, Norm norm, float[] out) {
        take(linear, 1, in, norm, PackedLinear.Target.STORE, out);
        linear.round(this);
        pool.run(Math.ceilDiv(linear.weights().rows(), PanelLinear.ROWS), estimateTask);
        this.out = null;
    }

    /** Multiplies one token with some chunks of rows. */
    void run(PanelLinear linear, float[] in, Norm norm, int[] chunks, int count, float[] out) {
        take(linear, 1, in, norm, PackedLinear.Target.STORE, out);
        this.chunks = chunks;
        linear.prepare(0, this);
        pool.run(count, multiplyChosenTask);
        this.out = null;
    }

    private void take(PanelLinear linear, int tokens, float[] in, Norm norm, PackedLinear.Target target, float[] out) {
        this.linear = linear;
        this.in = in;
        this.x = norm == null ? in : normed;
        this.norm = norm;
        this.target = target;
        this.out = out;
        block.reset(tokens);
    }

    private void prepare(int token, int worker) {
        linear.prepare(token, this);
    }

    private void interleave(int panel, int worker) {
        linear.interleave(panel, this);
    }

    private void multiply(int chunk, int worker) {
        linear.multiply(chunk, worker, this);
    }

    private void multiplyChosen(int index, int worker) {
        linear.multiplyChosen(chunks[index], worker, this);
    }

    private void estimate(int task, int worker) {
        linear.estimate(task, worker, this);
    }
}
