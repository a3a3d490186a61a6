package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.range.UniformGrid;
import io.bantam.runtime.format.Scheme;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * GPTQ (arXiv:2210.17323): quantizes a weight column by column and lets the columns still to come make up for the error.
 *
 * <p>With H the second moments of the layer's inputs, {@code damping * mean(diag H)} added to its diagonal, and U the upper
 * Cholesky factor of {@code H^-1}: for each column i, {@code q_i = Q(w_i)}, {@code e = (w_i - q_i) / U_ii}, and
 * {@code w_j -= e U_ij} for the columns j after it, at once within a block of columns and for the rest when the block is
 * done. So it lowers {@code ||X W^T - X Q^T||^2}, which rounding to the nearest value ignores.
 *
 * <p>Groups that share a scale are runs of neighbouring columns. In the natural order a group's grid is fitted when its
 * first column's turn comes, to the weights as they are then; a block holds whole groups, so that they are up to date. In
 * the order of activations (largest diagonal of H first) all grids are fitted before the start, since the columns of a group
 * come at different times ("static groups"). Rows and whole tensors have their grids fitted before the start, always.
 *
 * <p>Two fallbacks. A column whose input is always 0 tells nothing: it is rounded to the nearest value (the published code
 * sets it to 0, which harms inputs that calibration did not see). A matrix that is not positive definite even so is damped
 * ten times more, again and again; {@link Result#damping()} tells.
 *
 * @param damping part of the diagonal's mean added to the diagonal, above 0
 * @param blockSize columns in a block, at least 1; rounded up to whole groups
 * @param activationOrder whether columns with large inputs come first
 */
public record Gptq(double damping, int blockSize, boolean activationOrder) {
    private static final double LARGEST_DAMPING = 100;

    public Gptq {
        if (!(damping > 0) || blockSize < 1) {
            throw new IllegalArgumentException(
                    "GPTQ needs a damping above 0 and a block of at least 1, not " + damping + " and " + blockSize);
        }
    }

    /** The published settings: damping 0.01, blocks of 128, natural order. */
    public Gptq() {
        this(0.01, 128, false);
    }

    /**
     * What became of a weight.
     *
     * @param matrix the codes
     * @param damping the damping that was enough
     * @param deadColumns columns whose input was always 0
     */
    public record Result(QuantizedMatrix matrix, double damping, int deadColumns) {}

    /**
     * Quantizes one weight.
     *
     * @param weight {@code [out, in]}
     * @param quantizer gives the grids: 2 to 8 bits or ternary
     * @param moments {@code X^T X} of the inputs up to a factor, {@code in * in} values; not changed
     * @throws IllegalArgumentException if sizes do not fit, the weight is not finite, or no damping makes the moments
     *     positive definite (they hold NaN or infinite values)
     */
    public Result quantize(FloatMatrix weight, Quantizer quantizer, double[] moments) {
        int columns = weight.columns();
        if (moments.length != columns * columns) {
            throw new IllegalArgumentException("second moments of " + columns + " inputs are " + columns * columns
                    + " numbers, not " + moments.length);
        }
        for (float value : weight.values()) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("a weight is " + value + "; only finite weights can be quantized");
            }
        }
        int[] order = order(moments, columns);
        double[] h = permuted(moments, order);
        int dead = 0;
        double mean = 0;
        for (int i = 0; i < columns; i++) {
            if (h[i * columns + i] == 0) {
                h[i * columns + i] = 1;
                dead++;
            }
            mean += h[i * columns + i] / columns;
        }
        double enough = damping;
        double[] factor = InverseFactor.of(damped(h, columns, enough * mean), columns);
        while (factor == null) {
            enough *= 10;
            if (enough > LARGEST_DAMPING) {
                throw new IllegalArgumentException(
                        "the inputs' second moments are not positive definite; look for NaN or infinite activations");
            }
            factor = InverseFactor.of(damped(h, columns, enough * mean), columns);
        }
        return new Result(new Sweep(weight, quantizer, order, factor, this).run(), enough, dead);
    }

    private int[] order(double[] moments, int columns) {
        if (!activationOrder) {
            return IntStream.range(0, columns).toArray();
        }
        return IntStream.range(0, columns)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -moments[i * columns + i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static double[] permuted(double[] moments, int[] order) {
        int n = order.length;
        double[] h = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                h[i * n + j] = moments[order[i] * n + order[j]];
            }
        }
        return h;
    }

    private static double[] damped(double[] h, int n, double added) {
        double[] damped = h.clone();
        for (int i = 0; i < n; i++) {
            damped[i * n + i] += added;
        }
        return damped;
    }

    /** One pass over the columns of one weight. Columns are counted in the order of the pass; grids in the weight's. */
    private static final class Sweep {
        private final int rows;
        private final int columns;
        private final int groupSize;
        private final int[] order;
        private final double[] factor;
        private final Quantizer quantizer;
        private final double[] w;
        private final UniformGrid[] grids;
        private final byte[] codes;
        private final int block;
        private final boolean gridsWhenReached;

        Sweep(FloatMatrix weight, Quantizer quantizer, int[] order, double[] factor, Gptq settings) {
            this.rows = weight.rows();
            this.columns = weight.columns();
            this.groupSize = quantizer.granularity().groupSize(rows, columns);
            this.order = order;
            this.factor = factor;
            this.quantizer = quantizer;
            this.w = new double[rows * columns];
            for (int row = 0; row < rows; row++) {
                for (int i = 0; i < columns; i++) {
                    w[row * columns + i] = weight.values()[row * columns + order[i]];
                }
            }
            this.grids = new UniformGrid[rows * columns / groupSize];
            this.codes = new byte[rows * columns];
            this.gridsWhenReached =
                    !settings.activationOrder() && quantizer.granularity() instanceof Granularity.PerGroup;
            int whole = gridsWhenReached ? groupSize : 1;
            this.block = (settings.blockSize() + whole - 1) / whole * whole;
            if (!gridsWhenReached) {
                for (int group = 0; group < grids.length; group++) {
                    grids[group] = quantizer.grid(weight.values(), group * groupSize, (group + 1) * groupSize);
                }
            }
        }

        QuantizedMatrix run() {
            IntStream.range(0, rows).parallel().forEach(this::sweep);
            boolean zeros = quantizer.scheme() == Scheme.ASYMMETRIC;
            float[] scales = new float[grids.length];
            float[] zero = new float[zeros ? grids.length : 0];
            for (int group = 0; group < grids.length; group++) {
                scales[group] = grids[group].scale();
                if (zeros) {
                    zero[group] = grids[group].zero();
                }
            }
            return new QuantizedMatrix(
                    quantizer.scheme(), quantizer.bits(), rows, columns, groupSize, codes, scales, zero);
        }

        /** Rows do not depend on each other. */
        private void sweep(int row) {
            int base = row * columns;
            double[] errors = new double[block];
            for (int from = 0; from < columns; from += block) {
                int to = Math.min(columns, from + block);
                for (int i = from; i < to; i++) {
                    if (gridsWhenReached && i % groupSize == 0) {
                        fit(base + i);
                    }
                    int at = base + order[i];
                    UniformGrid grid = grids[at / groupSize];
                    int code = grid.code((float) w[base + i]);
                    codes[at] = (byte) code;
                    double error = (w[base + i] - grid.value(code)) / factor[i * columns + i];
                    errors[i - from] = error;
                    Rows.addScaled(-error, factor, i * columns + i + 1, w, base + i + 1, to - i - 1);
                }
                Rows.subtractScaled(
                        errors, 0, 1, to - from, factor, from * columns + to, columns, w, base + to, columns - to);
            }
        }

        private void fit(int at) {
            float[] group = new float[groupSize];
            for (int i = 0; i < groupSize; i++) {
                group[i] = (float) w[at + i];
            }
            grids[at / groupSize] = quantizer.grid(group, 0, groupSize);
        }
    }
}
