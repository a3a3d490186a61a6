package io.bantam.compression.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.range.UniformGrid;
import io.bantam.runtime.format.Scheme;
import java.util.List;
import java.util.stream.IntStream;

/**
 * GPTQ's pass over the columns of one weight. Columns are counted in the order of the pass, grids and codes in the
 * weight's.
 *
 * <p>Before a block's turn comes it takes up the errors of all columns before it, in one product of the engine; within
 * the block columns take up errors at once. A block is held column by column, since rows do not depend on each other:
 * loops over the rows of a column become vector instructions.
 */
final class ColumnSweep {
    /** Rows whose block stays in the cache. */
    private static final int TOGETHER = 64;

    private final int rows;
    private final int columns;
    private final int groupSize;
    private final int[] order;
    private final NDArray factor;
    private final Quantizer quantizer;
    private final Quantizer.GroupGrids gridOf;
    private final float[] weights;
    private final UniformGrid[] grids;
    private final byte[] codes;
    private final int block;
    private final boolean gridsWhenReached;
    /** {@code sum e^2} over the rows, one value a place in the pass. */
    private final double[] squaredErrors;

    /** {@code sum (w - q)^2} over the rows, one value a place in the pass. */
    private final double[] squaredDifferences;

    /**
     * @param order for each place in the pass the weight's column
     * @param factor of the inverse Hessian (see {@link Gptq}), in the order of the pass; see {@link InverseFactor}
     */
    ColumnSweep(FloatMatrix weight, Quantizer quantizer, int[] order, NDArray factor, Gptq settings) {
        this.rows = weight.rows();
        this.columns = weight.columns();
        this.groupSize = quantizer.granularity().groupSize(rows, columns);
        this.order = order;
        this.factor = factor;
        this.quantizer = quantizer;
        this.gridOf = quantizer
                .grids()
                .orElseThrow(() -> new IllegalArgumentException(
                        "these weights go to the nearest value only: use round-to-nearest, or 2 bits or more"));
        this.weights = weight.values();
        this.grids = new UniformGrid[rows * columns / groupSize];
        this.codes = new byte[rows * columns];
        this.squaredErrors = new double[columns];
        this.squaredDifferences = new double[columns];
        this.gridsWhenReached = !settings.activationOrder() && quantizer.granularity() instanceof Granularity.PerGroup;
        int whole = gridsWhenReached ? groupSize : 1;
        this.block = (settings.blockSize() + whole - 1) / whole * whole;
    }

    QuantizedMatrix run() {
        if (!gridsWhenReached) {
            IntStream.range(0, grids.length)
                    .parallel()
                    .forEach(group -> grids[group] = gridOf.of(weights, group * groupSize, (group + 1) * groupSize));
        }
        try (NDManager scope = factor.getManager().newSubManager()) {
            NDArray errors = scope.zeros(new Shape(columns, rows), DataType.FLOAT64);
            for (int from = 0; from < columns; from += block) {
                block(errors, from, Math.min(columns, from + block));
            }
        }
        boolean zeros = quantizer.scheme() == Scheme.ASYMMETRIC;
        float[] scales = new float[grids.length];
        float[] zero = new float[zeros ? grids.length : 0];
        for (int group = 0; group < grids.length; group++) {
            scales[group] = grids[group].scale();
            if (zeros) {
                zero[group] = grids[group].zero();
            }
        }
        return new QuantizedMatrix(quantizer.scheme(), quantizer.bits(), rows, columns, groupSize, codes, scales, zero);
    }

    /**
     * {@code tr(D H D^T)} with {@code D = W - Q}, after the pass: {@code D = E U} and
     * {@code U (H + diag(added)) U^T = I} give {@code tr(D (H + diag(added)) D^T) = sum E^2}.
     *
     * @param added to the diagonal of H before it was factored
     */
    double error(double[] added) {
        double error = 0;
        for (int i = 0; i < columns; i++) {
            error += squaredErrors[i] - added[i] * squaredDifferences[i];
        }
        return error;
    }

    /** @param errors of the columns so far, {@code [columns, rows]}, each divided by the factor's diagonal */
    private void block(NDArray errors, int from, int to) {
        try (NDManager scope = errors.getManager().newSubManager()) {
            double[] before = from == 0
                    ? null
                    : factor.get(scope, new NDIndex("0:{}, {}:{}", from, from, to))
                            .transpose()
                            .matMul(errors.get(scope, new NDIndex("0:{}", from)))
                            .toDoubleArray();
            double[] factors = factor.get(scope, new NDIndex("{}:{}, {}:{}", from, to, from, to))
                    .toDoubleArray();
            double[] found = new double[(to - from) * rows];
            List<Part> parts = IntStream.range(0, (rows + TOGETHER - 1) / TOGETHER)
                    .mapToObj(part -> new Part(from, to, part * TOGETHER))
                    .toList();
            parts.parallelStream().forEach(part -> part.run(before, factors, found));
            parts.forEach(Part::addSquares);
            errors.set(new NDIndex("{}:{}", from, to), scope.create(found, new Shape(to - from, rows)));
        }
    }

    /** Some rows of one block. */
    private final class Part {
        private final int from;
        private final int first;
        private final double[][] w;
        private final double[] error;
        private final double[] errors;
        private final double[] differences;

        Part(int from, int to, int first) {
            this.from = from;
            this.first = first;
            int length = Math.min(TOGETHER, rows - first);
            this.w = new double[to - from][length];
            this.error = new double[length];
            this.errors = new double[to - from];
            this.differences = new double[to - from];
        }

        /**
         * @param before what columns before the block take from this one's weights, {@code [block, rows]}; null for
         *     none
         * @param factors the factor within the block
         * @param found receives the errors, {@code [block, rows]}
         */
        void run(double[] before, double[] factors, double[] found) {
            for (int i = 0; i < w.length; i++) {
                for (int row = 0; row < error.length; row++) {
                    w[i][row] = weights[(first + row) * columns + order[from + i]]
                            - (before == null ? 0 : before[i * rows + first + row]);
                }
            }
            for (int i = 0; i < w.length; i++) {
                if (gridsWhenReached && (from + i) % groupSize == 0) {
                    fit(i);
                }
                round(i, factors[i * w.length + i]);
                System.arraycopy(error, 0, found, i * rows + first, error.length);
                for (int j = i + 1; j < w.length; j++) {
                    subtractScaled(w[j], factors[i * w.length + j], error);
                }
            }
        }

        /** Chooses a column's codes. */
        private void round(int i, double pivot) {
            for (int row = 0; row < error.length; row++) {
                int at = (first + row) * columns + order[from + i];
                UniformGrid grid = grids[at / groupSize];
                int code = grid.code((float) w[i][row]);
                codes[at] = (byte) code;
                error[row] = (w[i][row] - grid.value(code)) / pivot;
                double difference = (double) weights[at] - grid.value(code);
                errors[i] += error[row] * error[row];
                differences[i] += difference * difference;
            }
        }

        void addSquares() {
            for (int i = 0; i < w.length; i++) {
                squaredErrors[from + i] += errors[i];
                squaredDifferences[from + i] += differences[i];
            }
        }

        /** Fits the grids of the groups that begin with a column to the weights as they are now. */
        private void fit(int i) {
            float[] group = new float[groupSize];
            for (int row = 0; row < error.length; row++) {
                for (int k = 0; k < groupSize; k++) {
                    group[k] = (float) w[i + k][row];
                }
                grids[((first + row) * columns + from + i) / groupSize] = gridOf.of(group, 0, groupSize);
            }
        }
    }

    /**
     * {@code target -= factor * source}; with one index for both arrays the compiler need not ask whether they are the
     * same.
     */
    private static void subtractScaled(double[] target, double factor, double[] source) {
        for (int i = 0; i < source.length; i++) {
            target[i] -= factor * source[i];
        }
    }
}
