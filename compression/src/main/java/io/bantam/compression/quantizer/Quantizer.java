package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.UniformGrid;
import io.bantam.runtime.format.Scheme;
import java.util.Optional;

/**
 * Puts weights on a grid of few values, and says what can be done with it: whether training can run it ({@link
 * #fusedForm}), whether a method may choose among its codes ({@link #grids}), and whether it has a range and other
 * widths ({@link #uniform}). Callers ask; none of them lists the quantizers there are.
 *
 * <p>Two forms that agree to the last bit (the sign of a zero aside): {@link #fakeQuantize(NDArray)} is the definition
 * and works on tensors; {@link #quantize} works on plain arrays and gives the codes and scales that are stored. No
 * gradient is defined here; see {@link StraightThroughEstimator}.
 */
public sealed interface Quantizer permits BinaryQuantizer, TernaryQuantizer, UniformQuantizer {

    /** What the codes stand for. */
    Scheme scheme();

    /** Width of a code: 1 binary, 2 ternary, else 2 to 8. */
    int bits();

    /** Which weights share a scale. */
    Granularity granularity();

    /**
     * The weights on the grid, as floats.
     *
     * @param weight float32 {@code [rows, columns]}, all finite; any rank with one scale for the tensor
     * @return float32 of the same shape, on the weight's manager; the caller closes it
     * @throws IllegalArgumentException if a group's size does not divide the columns
     */
    NDArray fakeQuantize(NDArray weight);

    /**
     * 1 where the grid reaches and 0 where a weight lies more than half a step beyond the grid's ends; all 1 in a group
     * whose scale is 0. The clipped straight-through estimator lets gradients pass only where this is 1.
     *
     * @param weight as for {@link #fakeQuantize(NDArray)}
     * @return float32 of the same shape, on the weight's manager; the caller closes it
     */
    NDArray reach(NDArray weight);

    /**
     * The form in which the training library computes {@link #fakeQuantize(NDArray)} and {@link #reach}. A quantizer
     * without one is not trained: a recipe that asks for it is refused.
     */
    Optional<FusedForm> fusedForm();

    /** The grids of groups, for methods that choose codes other than the nearest; empty if the values are on none. */
    Optional<GroupGrids> grids();

    /** This quantizer as one whose range can be searched and whose width can be changed; empty for all others. */
    default Optional<UniformQuantizer> uniform() {
        return Optional.empty();
    }

    /**
     * The codes and scales that stand for {@code fakeQuantize} of the same weights.
     *
     * @param rowMajor {@code rows * columns} weights
     * @throws IllegalArgumentException if the sizes do not fit, or a weight is NaN or infinite
     */
    QuantizedMatrix quantize(float[] rowMajor, int rows, int columns);

    /** The codes and scales of a matrix. */
    default QuantizedMatrix quantize(FloatMatrix matrix) {
        return quantize(matrix.values(), matrix.rows(), matrix.columns());
    }

    /** The weights on the grid, as floats: {@code quantize} then {@code dequantize}. */
    default float[] fakeQuantize(float[] rowMajor, int rows, int columns) {
        return quantize(rowMajor, rows, columns).dequantize();
    }

    /** Gives the grid that a group's weights are rounded on. */
    @FunctionalInterface
    interface GroupGrids {
        /**
         * The grid of one group.
         *
         * @param weights holds the group from {@code from} to {@code to - 1}
         */
        UniformGrid of(float[] weights, int from, int to);
    }

    /**
     * A quantizer as the training library computes it: two operations on groups of weights, called as the constant is
     * in lower case, and as that with {@code _reach}.
     */
    enum FusedForm {
        /** {@link BinaryQuantizer}. */
        BINARY(1),
        /** {@link TernaryQuantizer} by {@link TernaryRule#XTC}. */
        TERNARY(2),
        /** {@link SymmetricQuantizer} from the smallest to the largest weight, by XTC's rule. */
        SYMMETRIC(3),
        /** {@link AsymmetricQuantizer} from the smallest to the largest weight, by XTC's rule. */
        ASYMMETRIC(4);

        private final int number;

        FusedForm(int number) {
            this.number = number;
        }

        /** The library's number of the form; its 0 is a weight in floating point. */
        public int number() {
            return number;
        }
    }
}
