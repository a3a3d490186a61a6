package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;

/** The scratch memory of one running forward pass, reused from call to call so that nothing is allocated per token. */
final class Workspace {
    /** Tokens of a prompt worked on together: each weight is unpacked once for all of them. */
    static final int MAXIMUM_TOKENS = 256;

    final TokenBlock block;
    final TokenBlock single;
    final ActivationCodes codes;
    final float[] hidden;
    final float[] normed;
    final float[] added;
    final float[] qkv;
    final float[] inner;
    final float[] vector;
    final float[] row;
    /** Sums of activations per group and token. */
    final float[] totals;
    /** Per worker: attention scores {@code [positions * width]}. */
    final float[][] scores;
    /** Per worker: unpacked rows of weights. */
    final float[][] unpacked;
    /** Per worker: one row of codes as bytes. */
    final byte[][] codeBytes;
    /** Per worker: products of those rows, per token or per group. */
    final float[][] sums;
    /** Logits of a panel of tokens; made when first asked for. */
    float[] panelLogits;

    private final WorkerPool pool;
    private final LinearTask linearTask = new LinearTask();

    Workspace(DecoderConfig config, Kernels kernels, WorkerPool pool, int maximumGroups) {
        this.pool = pool;
        int[] widths = kernels.panelWidths();
        int tokens = Math.min(MAXIMUM_TOKENS, Math.ceilDiv(config.positions(), widths[0]) * widths[0]);
        int lanes = tokens + widths[0];
        int columns = Math.max(config.width(), config.innerWidth());
        block = new TokenBlock(widths, lanes);
        single = new TokenBlock(widths, 1);
        single.reset(1);
        codes = new ActivationCodes(kernels, lanes);
        hidden = new float[lanes * config.width()];
        normed = new float[lanes * config.width()];
        added = new float[lanes * config.width()];
        qkv = new float[lanes * 3 * config.width()];
        inner = new float[lanes * config.innerWidth()];
        vector = new float[config.width()];
        row = new float[config.width()];
        totals = new float[lanes * maximumGroups];
        int threads = pool.threads();
        scores = new float[threads][config.positions() * widths[0]];
        unpacked = new float[threads][PackedLinear.ROWS * columns];
        codeBytes = new byte[threads][WeightMatrix.scratchBytes(columns)];
        sums = new float[threads][PackedLinear.ROWS * Math.max(widths[0], maximumGroups)];
    }

    void multiply(PackedLinear linear, TokenBlock tokens, float[] in, float[] out) {
        linearTask.linear = linear;
        linearTask.tokens = tokens;
        linearTask.in = in;
        linearTask.out = out;
        pool.run(Math.ceilDiv(linear.weights().rows(), PackedLinear.ROWS), linearTask);
    }

    private final class LinearTask implements WorkerPool.Task {
        private PackedLinear linear;
        private TokenBlock tokens;
        private float[] in;
        private float[] out;

        @Override
        public void run(int index, int worker) {
            linear.multiplyRows(index, worker, Workspace.this, tokens, in, out);
        }
    }
}
