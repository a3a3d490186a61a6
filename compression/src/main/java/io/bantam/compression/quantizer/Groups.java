package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.UnaryOperator;

/** Views a tensor as a matrix of groups, one group a row, and the sums that scales are made of. */
final class Groups {
    private static final int[] WITHIN_GROUP = {1};

    private Groups() {}

    /**
     * Applies a calculation to the weight reshaped to {@code [groups, group size]} and gives its result the weight's
     * shape. Whatever else the calculation makes is closed.
     */
    static NDArray apply(NDArray weight, Granularity granularity, UnaryOperator<NDArray> calculation) {
        Shape shape = weight.getShape();
        return apply(weight, groupSize(shape, granularity), calculation);
    }

    /** Groups of a given size: contiguous elements in row-major order. */
    static NDArray apply(NDArray weight, long groupSize, UnaryOperator<NDArray> calculation) {
        if (weight.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException("quantizers work on float32, not " + weight.getDataType());
        }
        Shape shape = weight.getShape();
        try (NDManager scope = weight.getManager().newSubManager()) {
            scope.tempAttachAll(weight);
            NDArray groups = weight.reshape(new Shape(shape.size() / groupSize, groupSize));
            return scope.ret(calculation.apply(groups).reshape(shape));
        }
    }

    private static long groupSize(Shape shape, Granularity granularity) {
        if (granularity instanceof Granularity.PerTensor) {
            return granularity.groupSize(1, shape.size());
        }
        if (shape.dimension() != 2) {
            throw new IllegalArgumentException(
                    "scales for each row or group need a matrix [rows, columns], not shape " + shape);
        }
        return granularity.groupSize(shape.get(0), shape.get(1));
    }

    /** Mean of each group, {@code [groups, 1]}: summed in float64, so that the order of the sum does not matter. */
    static NDArray mean(NDArray groups) {
        return groups.toType(DataType.FLOAT64, false).mean(WITHIN_GROUP, true).toType(DataType.FLOAT32, false);
    }

    /** Sum of each group in float64, {@code [groups, 1]}. */
    static NDArray sum(NDArray groups) {
        return groups.toType(DataType.FLOAT64, false).sum(WITHIN_GROUP, true);
    }

    static NDArray max(NDArray groups) {
        return groups.max(WITHIN_GROUP, true);
    }

    static NDArray min(NDArray groups) {
        return groups.min(WITHIN_GROUP, true);
    }

    /** 1 where the condition holds, else 0. */
    static NDArray asFloat(NDArray condition) {
        return condition.toType(DataType.FLOAT32, false);
    }

    /** Mean of |w| of {@code weights[from]} to {@code weights[to - 1]}, summed in float64, as {@link #mean}. */
    static float meanMagnitude(float[] weights, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += Math.abs(weights[i]);
        }
        return (float) (sum / (to - from));
    }

    /** Refuses NaN and infinite weights, which have no place on any grid. */
    static void checkFinite(float[] weights) {
        for (int i = 0; i < weights.length; i++) {
            if (!Float.isFinite(weights[i])) {
                throw new IllegalArgumentException("weight " + i + " is " + weights[i]
                        + "; only finite weights can be quantized, so use an earlier checkpoint");
            }
        }
    }
}
