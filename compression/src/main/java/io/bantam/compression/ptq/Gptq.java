package io.bantam.compression.ptq;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * GPTQ (arXiv:2210.17323): quantizes a weight column by column and lets the columns still to come make up for the
 * error.
 *
 * <p>With H the Hessian of the squared output error, which is (but for a factor) the second moments {@code X^T X} of
 * the layer's inputs, {@code damping * mean(diag H)} added to its diagonal, and U the upper Cholesky factor of
 * {@code H^-1}: for each column i, {@code q_i = Q(w_i)}, {@code e = (w_i - q_i) / U_ii}, and {@code w_j -= e U_ij} for
 * the columns j after it, at once within a block of columns and for the rest when the block is done. So it lowers
 * {@code ||X W^T - X Q^T||^2}, which rounding to the nearest value ignores.
 *
 * <p>Groups that share a scale are runs of neighbouring columns. In the natural order a group's grid is fitted when its
 * first column's turn comes, to the weights as they are then; a block holds whole groups, so that they are up to date.
 * In the order of activations (largest diagonal of H first) all grids are fitted before the start, since the columns of
 * a group come at different times ("static groups"). Rows and whole tensors have their grids fitted before the start,
 * always.
 *
 * <p>Two fallbacks. A column whose input is always 0 has no second moment to go by: it is rounded to the nearest value
 * (the published code sets it to 0, which harms inputs that calibration did not see). A matrix that is not positive
 * definite even so is damped ten times more, until it is; {@link Result#damping()} is what was needed.
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
     * @param outputError {@code tr(D H D^T)} with {@code D = W - Q} and the given moments as H
     */
    public record Result(QuantizedMatrix matrix, double damping, int deadColumns, double outputError) {}

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
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            return quantize(weight, quantizer, manager.create(moments, new Shape(columns, columns)));
        }
    }

    /**
     * Quantizes one weight; the large products run on the moments' device.
     *
     * @param moments float64 {@code [in, in]}, symmetric; neither changed nor closed
     * @throws IllegalArgumentException as above
     */
    public Result quantize(FloatMatrix weight, Quantizer quantizer, NDArray moments) {
        for (float value : weight.values()) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("a weight is " + value + "; only finite weights can be quantized");
            }
        }
        int columns = weight.columns();
        if (!moments.getShape().equals(new Shape(columns, columns))) {
            throw new IllegalArgumentException("second moments of " + columns + " inputs are a matrix of " + columns
                    + " x " + columns + ", not " + moments.getShape());
        }
        try (NDManager scope = moments.getManager().newSubManager()) {
            double[] diagonal = moments.get(scope, new NDIndex(":, :"))
                    .reshape(-1)
                    .get(new NDIndex("::{}", columns + 1))
                    .toDoubleArray();
            int[] order = order(diagonal);
            NDArray h = permuted(scope, moments, order);
            double[] added = new double[columns];
            int dead = 0;
            double mean = 0;
            for (int i = 0; i < columns; i++) {
                double own = diagonal[order[i]];
                if (own == 0) {
                    added[i] = 1;
                    dead++;
                }
                mean += (own + added[i]) / columns;
            }
            double enough = damping;
            double before = 0;
            NDArray factor = null;
            while (factor == null) {
                if (enough > LARGEST_DAMPING) {
                    throw new IllegalArgumentException(
                            "the inputs' second moments are not positive definite; look for NaN or infinite"
                                    + " activations");
                }
                for (int i = 0; i < columns; i++) {
                    added[i] += (enough - before) * mean;
                }
                factor = InverseFactor.of(h, added);
                before = enough;
                enough *= 10;
            }
            ColumnSweep sweep = new ColumnSweep(weight, quantizer, order, factor, this);
            QuantizedMatrix matrix = sweep.run();
            return new Result(matrix, before, dead, Math.max(0, sweep.error(added)));
        }
    }

    private int[] order(double[] diagonal) {
        IntStream natural = IntStream.range(0, diagonal.length);
        if (!activationOrder) {
            return natural.toArray();
        }
        return natural.boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -diagonal[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private NDArray permuted(NDManager scope, NDArray moments, int[] order) {
        NDArray h = moments.get(scope, new NDIndex(":, :"));
        if (!activationOrder) {
            return h;
        }
        NDArray places = scope.create(Arrays.stream(order).asLongStream().toArray());
        return h.get(new NDIndex("{}", places)).transpose().get(new NDIndex("{}", places));
    }
}
