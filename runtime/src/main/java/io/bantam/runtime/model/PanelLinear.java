package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;

/**
 * A linear on floats, bytes or a packed stream. A single token is multiplied row by row. Several are turned into panels, whose
 * tokens lie side by side, so that a weight is unpacked once for all of them.
 *
 * <p>Whole numbers are multiplied in float32, the fastest units that Java reaches, over at most 1,024 columns at a time: sums of
 * products of two signed bytes then stay within 2^24, up to which float32 is exact. These sums are added up in int32. Inputs with a
 * scale for each group of features are multiplied as the values on their grids.
 */
final class PanelLinear extends PackedLinear {
    /** Rows unpacked and multiplied at a time by one thread. */
    static final int ROWS = 64;

    private static final int EXACT_COLUMNS = 1024;
    /** Rows of bytes that are computed beside estimates: few, since one of them is wanted. */
    private static final int CHUNK_ROWS = 16;
    /** Rows of a stream unpacked at a time for a single token. */
    private static final int STREAM_ROWS = 8;

    PanelLinear(Kernels kernels, WeightMatrix weights, float[] bias, ActivationQuantization activations, Range range) {
        super(kernels, weights, bias, activations, range);
    }

    /** Whether products are of whole numbers. */
    private boolean whole() {
        return weights.quantized() && hasOneScale();
    }

    @Override
    void apply(Workspace workspace, int tokens, float[] in, Norm norm, Target target, float[] out) {
        workspace.panelProduct.run(this, tokens, in, norm, target, out);
    }

    @Override
    boolean estimates() {
        return weights.estimable() && !activations.enabled();
    }

    @Override
    int chunkRows() {
        return CHUNK_ROWS;
    }

    @Override
    float estimate(Workspace workspace, float[] in, Norm norm, float[] out) {
        PanelProduct product = workspace.panelProduct;
        product.estimate(this, in, norm, out);
        int half = weights.columns() / 2;
        double rounded = 0;
        double squares = 0;
        for (int k = 0; k < half; k++) {
            float even = product.x[2 * k];
            float odd = product.x[2 * k + 1];
            float evenLost = even - product.step * product.rounded[k];
            float oddLost = odd - product.step * product.rounded[half + k];
            rounded += evenLost * evenLost + oddLost * oddLost;
            squares += even * even + odd * odd;
        }
        return lost(Math.sqrt(rounded), Math.sqrt(squares));
    }

    /** Normalizes one token and rounds it. */
    void round(PanelProduct product) {
        prepare(0, product);
        product.step = kernels.roundForBytes(product.x, 0, weights.columns(), product.rounded);
        product.total = 0;
        for (int k = 0; k < weights.columns(); k++) {
            product.total += product.rounded[k];
        }
    }

    /** Estimates the outputs of rows {@code ROWS * task} and following. */
    void estimate(int task, int worker, PanelProduct product) {
        int firstRow = task * ROWS;
        int count = Math.min(ROWS, weights.rows() - firstRow);
        bias(firstRow, count, product.out, firstRow);
        weights.addEstimates(
                firstRow,
                count,
                product.rounded,
                product.step,
                product.total,
                product.roundedSums[worker],
                product.out);
    }

    /** Multiplies a chunk of {@link #chunkRows} with one token. */
    void multiplyChosen(int chunk, int worker, PanelProduct product) {
        int firstRow = chunk * CHUNK_ROWS;
        single(firstRow, Math.min(CHUNK_ROWS, weights.rows() - firstRow), worker, product);
    }

    @Override
    void applyTo(Workspace workspace, float[] in, Norm norm, int[] chunks, int count, float[] out) {
        workspace.panelProduct.run(this, in, norm, chunks, count, out);
    }

    /** Normalizes and quantizes one token; leaves its input in {@code product.x}. */
    void prepare(int token, PanelProduct product) {
        int columns = weights.columns();
        int at = token * columns;
        if (product.norm != null) {
            product.norm.apply(kernels, product.in, at, product.x, at);
        }
        if (hasOneScale()) {
            product.scales.quantize(activations, range, token, product.x, at, columns, weights.quantized());
        } else if (activations.enabled()) {
            product.scales.putOnGrids(activations, token, product.x, at, columns);
        } else {
            product.scales.set(token, 1, 0);
        }
        int groups = weights.groupsPerRow();
        for (int group = 0; weights.hasZeros() && group < groups; group++) {
            int groupColumns = columns / groups;
            product.totals[group * product.block.lanes() + token] =
                    kernels.sum(product.x, at + group * groupColumns, groupColumns);
        }
    }

    /** Lays the tokens of a panel side by side; lanes without a token are 0. */
    void interleave(int panel, PanelProduct product) {
        TokenBlock block = product.block;
        int columns = weights.columns();
        int width = block.width(panel);
        int used = block.used(panel);
        int from = block.start(panel) * columns;
        for (int k = 0; k < columns; k++) {
            int to = from + k * width;
            for (int t = 0; t < used; t++) {
                product.panels[to + t] = product.x[from + t * columns + k];
            }
            for (int t = used; t < width; t++) {
                product.panels[to + t] = 0;
            }
        }
    }

    /** The part that threads share: rows {@code ROWS * chunk} and following. */
    void multiply(int chunk, int worker, PanelProduct product) {
        int firstRow = chunk * ROWS;
        int count = Math.min(ROWS, weights.rows() - firstRow);
        if (product.block.tokens() > 1) {
            panels(firstRow, count, worker, product);
            return;
        }
        int step = weights.streamed() ? STREAM_ROWS : ROWS;
        for (int row = firstRow; row < firstRow + count; row += step) {
            single(row, Math.min(step, firstRow + count - row), worker, product);
        }
    }

    private void single(int firstRow, int count, int worker, PanelProduct product) {
        float[] sums = product.sums[worker];
        float[] part = product.parts[worker];
        float[] values = product.values[worker];
        float scale = product.scales.scales[0];
        float zero = product.scales.zeros[0];
        if (weights.streamed()) {
            unpack(firstRow, count, worker, product);
        }
        // Weights that were unpacked for inputs in floating point have their scales.
        boolean folded = !weights.quantized() || weights.streamed() && !whole();
        int groups = folded ? 1 : weights.groupsPerRow();
        int groupColumns = weights.columns() / groups;
        bias(firstRow, count, values, 0);
        for (int group = 0; group < groups; group++) {
            int from = group * groupColumns;
            int step = whole() ? EXACT_COLUMNS : groupColumns;
            dots(firstRow, count, from, Math.min(step, groupColumns), worker, product, sums);
            for (int done = step; done < groupColumns; done += step) {
                int columns = Math.min(step, groupColumns - done);
                dots(firstRow, count, from + done, columns, worker, product, part);
                addWhole(sums, part, count);
            }
            for (int r = 0; r < count; r++) {
                values[r] +=
                        folded ? sums[r] : scaled(firstRow + r, group, groupColumns, sums[r], product, scale, zero);
            }
        }
        put(values, 0, count, product.target, product.out, firstRow);
    }

    private void dots(int firstRow, int count, int from, int columns, int worker, PanelProduct product, float[] sums) {
        if (weights.streamed()) {
            kernels.dots(product.unpacked[worker], from, weights.columns(), count, columns, product.x, from, sums, 0);
        } else {
            weights.dots(firstRow, count, from, columns, product.x, sums, 0);
        }
    }

    /** Unpacks rows: codes for whole products, else weights. */
    private void unpack(int firstRow, int count, int worker, PanelProduct product) {
        int columns = weights.columns();
        float[] unpacked = product.unpacked[worker];
        for (int r = 0; r < count; r++) {
            if (whole()) {
                weights.unpackRow(firstRow + r, product.codeBytes[worker], unpacked, r * columns);
            } else {
                weights.row(firstRow + r, product.codeBytes[worker], unpacked, r * columns);
            }
        }
    }

    private float scaled(
            int row, int group, int groupColumns, float sum, PanelProduct product, float scale, float zero) {
        float weightScale = weights.scale(row, group);
        float weightZero = weights.zero(row, group);
        float inner = weightScale * sum;
        if (weights.hasZeros()) {
            inner += weightZero * product.totals[group * product.block.lanes()];
        }
        float y = scale * inner;
        return zero == 0 ? y : y + zero * (weightScale * weights.codeSum(row, group) + weightZero * groupColumns);
    }

    /** Adds whole numbers through int32, and rounds the result to float32 once. */
    private static void addWhole(float[] sums, float[] part, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] = (int) sums[i] + (int) part[i];
        }
    }

    private void panels(int firstRow, int count, int worker, PanelProduct product) {
        int columns = weights.columns();
        // Floats too are copied: the product walks the rows in pieces, which memory serves badly.
        unpack(firstRow, count, worker, product);
        TokenBlock block = product.block;
        for (int panel = 0; panel < block.panels(); panel++) {
            int width = block.width(panel);
            float[] values = product.values[worker];
            for (int r = 0; r < count; r++) {
                java.util.Arrays.fill(values, r * width, (r + 1) * width, bias(firstRow + r));
            }
            if (whole()) {
                panelOfCodes(panel, firstRow, count, worker, product);
            } else {
                int from = block.start(panel) * columns;
                kernels.panelProduct(
                        product.unpacked[worker],
                        0,
                        columns,
                        count,
                        columns,
                        product.panels,
                        from,
                        width,
                        width,
                        values,
                        0,
                        width,
                        true);
            }
            putPanel(panel, firstRow, count, worker, product);
        }
    }

    private void panelOfCodes(int panel, int firstRow, int count, int worker, PanelProduct product) {
        TokenBlock block = product.block;
        int columns = weights.columns();
        int groups = weights.groupsPerRow();
        int groupColumns = columns / groups;
        int width = block.width(panel);
        int start = block.start(panel);
        boolean asymmetric = !activations.symmetric();
        float[] sums = product.sums[worker];
        float[] part = product.parts[worker];
        for (int group = 0; group < groups; group++) {
            for (int done = 0; done < groupColumns; done += EXACT_COLUMNS) {
                int from = group * groupColumns + done;
                kernels.panelProduct(
                        product.unpacked[worker],
                        from,
                        columns,
                        count,
                        Math.min(EXACT_COLUMNS, groupColumns - done),
                        product.panels,
                        start * columns + from * width,
                        width,
                        width,
                        done == 0 ? sums : part,
                        0,
                        width,
                        false);
                if (done > 0) {
                    addWhole(sums, part, count * width);
                }
            }
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
                        product.totals,
                        group * block.lanes() + start,
                        product.scales.scales,
                        product.scales.zeros,
                        start,
                        asymmetric ? weightScale * weights.codeSum(row, group) + weightZero * groupColumns : 0,
                        product.values[worker],
                        r * width);
            }
        }
    }

    /** Takes the tokens of a panel apart again. */
    private void putPanel(int panel, int firstRow, int count, int worker, PanelProduct product) {
        TokenBlock block = product.block;
        int width = block.width(panel);
        float[] values = product.values[worker];
        float[] row = product.sums[worker];
        for (int t = 0; t < block.used(panel); t++) {
            for (int r = 0; r < count; r++) {
                row[r] = values[r * width + t];
            }
            int to = (block.start(panel) + t) * weights.rows() + firstRow;
            put(row, 0, count, product.target, product.out, to);
        }
    }
}
