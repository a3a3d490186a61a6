package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.util.Arrays;

/**
 * A linear on packed weights: {@code y = W x + b}, with the input quantized first where the model asks for it.
 *
 * <p>With weights {@code sw cw + zw} and activations {@code sa ca + za}, codes {@code c}, the product over a group of n columns
 * is {@code sa (sw P + zw A) + za (sw C + zw n)}, where P = sum of cw ca is the only part that takes time, A = sum of ca is
 * computed once per token and C = sum of cw once per model. Activations in floating point are their own codes.
 */
final class PackedLinear {
    /** Rows unpacked and multiplied at a time by one thread. */
    static final int ROWS = 64;

    private final Kernels kernels;
    private final WeightMatrix weights;
    private final float[] bias;
    private final ActivationQuantization activations;
    private final Range range;

    /**
     * Makes a linear.
     *
     * @param bias one value per row, or null for none
     * @param range the fixed range of the input; null if the input is not quantized or has a range per token
     */
    PackedLinear(Kernels kernels, WeightMatrix weights, float[] bias, ActivationQuantization activations, Range range) {
        this.kernels = kernels;
        this.weights = weights;
        this.bias = bias;
        this.activations = activations;
        this.range = range;
    }

    WeightMatrix weights() {
        return weights;
    }

    /**
     * Multiplies a block of tokens.
     *
     * @param in panels of {@code weights().columns()} features; destroyed if activations are quantized
     * @param out panels of {@code weights().rows()} features
     */
    void apply(Workspace workspace, TokenBlock block, float[] in, float[] out) {
        int columns = weights.columns();
        ActivationCodes codes = workspace.codes;
        if (activations.enabled()) {
            for (int panel = 0; panel < block.panels(); panel++) {
                int start = block.start(panel);
                codes.quantize(
                        activations,
                        range,
                        in,
                        start * columns,
                        columns,
                        block.width(panel),
                        start,
                        weights.quantized());
            }
        } else {
            codes.passThrough(block.lanes());
        }
        if (weights.quantized() && (weights.hasZeros() || block.tokens() == 1)) {
            totals(workspace, block, in);
        }
        workspace.multiply(this, block, in, out);
    }

    /** Sums every token's activations over each group of columns, into {@code totals[group * lanes + lane]}. */
    private void totals(Workspace workspace, TokenBlock block, float[] in) {
        int columns = weights.columns();
        int groupColumns = columns / weights.groupsPerRow();
        int lanes = block.lanes();
        for (int panel = 0; panel < block.panels(); panel++) {
            int width = block.width(panel);
            int start = block.start(panel);
            for (int group = 0; group < weights.groupsPerRow(); group++) {
                int at = start * columns + group * groupColumns * width;
                kernels.sums(in, at, groupColumns, width, workspace.totals, group * lanes + start);
            }
        }
    }

    /** The part of {@link #apply} that threads share: rows {@code ROWS * chunk} and following. */
    void multiplyRows(int chunk, int worker, Workspace workspace, TokenBlock block, float[] in, float[] out) {
        int firstRow = chunk * ROWS;
        int count = Math.min(ROWS, weights.rows() - firstRow);
        if (!weights.quantized()) {
            floatRows(firstRow, count, worker, workspace, block, in, out);
        } else if (block.tokens() == 1) {
            vectorRows(firstRow, count, worker, workspace, in, out);
        } else {
            panelRows(firstRow, count, worker, workspace, block, in, out);
        }
    }

    private void floatRows(
            int firstRow, int count, int worker, Workspace workspace, TokenBlock block, float[] in, float[] out) {
        int columns = weights.columns();
        int at = firstRow * columns;
        if (block.tokens() == 1) {
            kernels.dots(weights.floats(), at, columns, count, columns, in, 0, out, firstRow);
            for (int r = firstRow; bias != null && r < firstRow + count; r++) {
                out[r] += bias[r];
            }
            return;
        }
        // A copy that stays in the cache: the product walks the rows in pieces, which memory serves badly.
        float[] rows = workspace.unpacked[worker];
        System.arraycopy(weights.floats(), at, rows, 0, count * columns);
        for (int panel = 0; panel < block.panels(); panel++) {
            int width = block.width(panel);
            int start = block.start(panel);
            int to = start * weights.rows() + firstRow * width;
            for (int r = 0; r < count; r++) {
                Arrays.fill(out, to + r * width, to + (r + 1) * width, bias == null ? 0 : bias[firstRow + r]);
            }
            kernels.panelProduct(rows, 0, columns, count, columns, in, start * columns, width, out, to, true);
        }
    }

    private void vectorRows(int firstRow, int count, int worker, Workspace workspace, float[] in, float[] out) {
        float[] sums = workspace.sums[worker];
        weights.dots(
                firstRow, count, in, workspace.totals, workspace.unpacked[worker], workspace.codeBytes[worker], sums);
        float scale = workspace.codes.scales[0];
        float zero = workspace.codes.zeros[0];
        int groups = weights.groupsPerRow();
        if (groups == 1 && !weights.hasZeros() && zero == 0) {
            weights.scaleRows(firstRow, count, sums, scale, bias, out);
            return;
        }
        int groupColumns = weights.columns() / groups;
        for (int r = 0; r < count; r++) {
            int row = firstRow + r;
            float y = bias == null ? 0 : bias[row];
            for (int group = 0; group < groups; group++) {
                float weightScale = weights.scale(row, group);
                float weightZero = weights.zero(row, group);
                float product = weightScale * sums[group * count + r];
                if (weights.hasZeros()) {
                    product += weightZero * workspace.totals[group];
                }
                y += scale * product;
                if (zero != 0) {
                    y += zero * (weightScale * weights.codeSum(row, group) + weightZero * groupColumns);
                }
            }
            out[row] = y;
        }
    }

    private void panelRows(
            int firstRow, int count, int worker, Workspace workspace, TokenBlock block, float[] in, float[] out) {
        int columns = weights.columns();
        int groups = weights.groupsPerRow();
        int groupColumns = columns / groups;
        boolean asymmetric = activations.enabled() && !activations.symmetric();
        float[] unpacked = workspace.unpacked[worker];
        float[] sums = workspace.sums[worker];
        for (int r = 0; r < count; r++) {
            weights.unpackRow(firstRow + r, workspace.codeBytes[worker], unpacked, r * columns);
        }
        for (int panel = 0; panel < block.panels(); panel++) {
            int width = block.width(panel);
            int start = block.start(panel);
            int to = start * weights.rows() + firstRow * width;
            for (int r = 0; r < count; r++) {
                Arrays.fill(out, to + r * width, to + (r + 1) * width, bias == null ? 0 : bias[firstRow + r]);
            }
            for (int group = 0; group < groups; group++) {
                int from = group * groupColumns;
                kernels.panelProduct(
                        unpacked,
                        from,
                        columns,
                        count,
                        groupColumns,
                        in,
                        start * columns + from * width,
                        width,
                        sums,
                        0,
                        false);
                for (int r = 0; r < count; r++) {
                    int row = firstRow + r;
                    float weightScale = weights.scale(row, group);
                    float weightZero = weights.zero(row, group);
                    kernels.addProduct(
                            sums,
                            r * width,
                            width,
                            weightScale,
                            weightZero,
                            workspace.totals,
                            group * block.lanes() + start,
                            workspace.codes.scales,
                            workspace.codes.zeros,
                            start,
                            asymmetric ? weightScale * weights.codeSum(row, group) + weightZero * groupColumns : 0,
                            out,
                            to + r * width);
                }
            }
        }
    }
}
