package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.UniformGrid;
import io.bantam.runtime.format.Scheme;

/**
 * Puts weights on a grid of few values.
 *
 * <p>Two forms that agree to the last bit (the sign of a zero aside): {@link #fakeQuantize(NDArray)} is the definition and works on tensors;
 * {@link #quantize} works on plain arrays and gives the codes and scales that are stored. No gradient is defined here;
 * see {@link StraightThroughEstimator}.
 */
public sealed interface Quantizer permits BinaryQuantizer, TernaryQuantizer, SymmetricQuantizer, AsymmetricQuantizer {

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
     * whose scale is 0. The clipped
     * straight-through estimator lets gradients pass only where this is 1.
     *
     * @param weight as for {@link #fakeQuantize(NDArray)}
     * @return float32 of the same shape, on the weight's manager; the caller closes it
     */
    NDArray reach(NDArray weight);

    /**
     * The grid of one group, for methods that choose codes other than the nearest.
     *
     * @param weights holds the group from {@code from} to {@code to - 1}
     * @throws UnsupportedOperationException for 1-bit weights
     */
    UniformGrid grid(float[] weights, int from, int to);

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
}
