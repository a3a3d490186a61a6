package io.bantam.compression.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.runtime.format.Scheme;

/**
 * One weight under AutoRound (SignRound, arXiv:2309.05516; {@code data_type/int.py} of the accompanying code): its
 * rounding and the ends of its groups' ranges are learned from the signs of gradients.
 *
 * <p>For a group of weights w with its smallest and largest value, both extended to 0, times {@code a} and {@code b}:
 *
 * <ul>
 *   <li>symmetric: {@code m = max(|min|, max)}, {@code s = m / 2^(k-1)}, negative unless |min| is the larger, so that
 *       the larger side has the code {@code -2^(k-1)}; {@code code = clamp(round(w / s + v), -2^(k-1), 2^(k-1) - 1)}
 *   <li>asymmetric: {@code s = (max - min) / (2^k - 1)}, {@code z = round(-min / s)},
 *       {@code code = clamp(round(w / s + v) + z, 0, 2^k - 1)}, value {@code s (code - z)}
 * </ul>
 *
 * <p>v, one a weight, starts at 0; a and b, one a group each, start at 1 and stay within 0 and 1. The gradient passes
 * through rounding as if it were not there. The caller computes the loss of a whole block and its gradient with respect
 * to {@link #weight}, and calls {@link #step}. Owns native memory: close it. Not thread-safe.
 */
public final class AutoRound implements AutoCloseable {
    private final NDManager manager;
    private final int rows;
    private final int columns;
    private final int bits;
    private final boolean symmetric;
    private final int groupSize;
    private final NDArray groups;
    private final NDArray smallest;
    private final NDArray largest;
    private final NDArray offsets;
    private final NDArray lowEnds;
    private final NDArray highEnds;
    private float[][] best;

    /**
     * Starts with rounding to the nearest value.
     *
     * @param parent the new sub-manager's parent
     * @param weight {@code [out, in]}
     * @param bits 2 to 8
     * @param symmetric which of the two grids
     * @param groupSize weights, contiguous in row-major order, that share a scale; divides the weight
     */
    public AutoRound(NDManager parent, FloatMatrix weight, int bits, boolean symmetric, int groupSize) {
        if (bits < 2 || bits > 8 || weight.values().length % groupSize != 0) {
            throw new IllegalArgumentException("AutoRound has 2 to 8 bits and whole groups, not " + bits
                    + " bits and groups of " + groupSize + " in " + weight.values().length + " weights");
        }
        this.manager = parent.newSubManager();
        this.rows = weight.rows();
        this.columns = weight.columns();
        this.bits = bits;
        this.symmetric = symmetric;
        this.groupSize = groupSize;
        long count = weight.values().length / groupSize;
        this.groups = manager.create(weight.values(), new Shape(count, groupSize));
        this.smallest = groups.min(new int[] {1}, true).minimum(0);
        this.largest = groups.max(new int[] {1}, true).maximum(0);
        this.offsets = manager.zeros(groups.getShape());
        this.lowEnds = manager.ones(new Shape(count, 1));
        this.highEnds = manager.ones(new Shape(count, 1));
        keepAsBest();
    }

    /** The grids as they are now; all arrays belong to one scope. */
    private record Grid(NDArray scale, NDArray zeroPoint, NDArray codes, NDArray inside, NDArray values) {}

    private Grid grid() {
        NDArray low = smallest.mul(lowEnds);
        NDArray high = largest.mul(highEnds);
        if (symmetric) {
            NDArray downwards = asFloat(low.neg().gt(high));
            NDArray magnitude = low.neg().maximum(high);
            NDArray scale = magnitude.mul(downwards.mul(2).sub(1)).div(1 << (bits - 1));
            NDArray free = groups.div(nonZero(scale)).add(offsets).round();
            int least = -(1 << (bits - 1));
            int most = (1 << (bits - 1)) - 1;
            NDArray codes = free.clip(least, most);
            return new Grid(scale, null, codes, asFloat(free.eq(codes)), codes.mul(scale));
        }
        int most = (1 << bits) - 1;
        NDArray scale = high.sub(low).div(most);
        NDArray zeroPoint = low.neg().div(nonZero(scale)).round();
        NDArray free = groups.div(nonZero(scale)).add(offsets).round().add(zeroPoint);
        NDArray codes = free.clip(0, most);
        return new Grid(
                scale,
                zeroPoint,
                codes,
                asFloat(free.eq(codes)),
                codes.sub(zeroPoint).mul(scale));
    }

    private static NDArray asFloat(NDArray condition) {
        return condition.toType(DataType.FLOAT32, false);
    }

    private static NDArray nonZero(NDArray scale) {
        return scale.add(asFloat(scale.eq(0)));
    }

    private NDManager scope() {
        NDManager scope = manager.newSubManager();
        scope.tempAttachAll(groups, smallest, largest, offsets, lowEnds, highEnds);
        return scope;
    }

    /** The weight on its grid as it is now, row-major {@code [out, in]}. */
    public float[] weight() {
        try (NDManager scope = scope()) {
            return grid().values().toFloatArray();
        }
    }

    /**
     * One step of sign descent: v, a and b move by {@code rate} against the signs of their gradients.
     *
     * @param gradient of the loss with respect to {@link #weight}, float32, as many elements; not closed
     */
    public void step(NDArray gradient, double rate) {
        try (NDManager scope = scope()) {
            scope.tempAttachAll(gradient);
            Grid grid = grid();
            NDArray g = gradient.reshape(groups.getShape());
            NDArray steps = groups.div(nonZero(grid.scale())).mul(grid.inside());
            float by = (float) rate;
            NDArray offsetsGradient =
                    g.mul(grid.scale()).mul(grid.inside()).sign().mul(by);
            int[] within = {1};
            NDArray low = smallest.mul(lowEnds);
            NDArray lowGradient;
            NDArray highGradient;
            if (symmetric) {
                NDArray byScale = g.mul(grid.codes().sub(steps)).sum(within, true);
                NDArray downwards = asFloat(low.neg().gt(largest.mul(highEnds)));
                lowGradient = byScale.mul(downwards).mul(smallest.neg());
                highGradient = byScale.mul(downwards.neg().add(1)).mul(largest.neg());
            } else {
                // A clipped weight is at an end of the range, s code + min: it moves with both ends.
                NDArray clipped = grid.inside().neg().add(1);
                NDArray moved = clipped.mul(low.div(nonZero(grid.scale())));
                NDArray byScale = g.mul(
                                grid.codes().sub(grid.zeroPoint()).sub(steps).sub(moved))
                        .sum(within, true)
                        .div((1 << bits) - 1);
                lowGradient = g.mul(clipped).sum(within, true).sub(byScale).mul(smallest);
                highGradient = byScale.mul(largest);
            }
            offsets.subi(offsetsGradient);
            move(lowEnds, lowGradient.sign().mul(by));
            move(highEnds, highGradient.sign().mul(by));
        }
    }

    private static void move(NDArray ends, NDArray by) {
        ends.subi(by);
        ends.set(ends.clip(0, 1).toFloatArray());
    }

    /** Remembers the present state as the one to keep. */
    public void keepAsBest() {
        best = new float[][] {offsets.toFloatArray(), lowEnds.toFloatArray(), highEnds.toFloatArray()};
    }

    /**
     * Sets v, a and b.
     *
     * @param v one a weight
     * @param low a, one a group
     * @param high b, one a group
     */
    public void set(float[] v, float[] low, float[] high) {
        offsets.set(v);
        lowEnds.set(low);
        highEnds.set(high);
    }

    /** v as it is now, one a weight. */
    public float[] offsets() {
        return offsets.toFloatArray();
    }

    /** The codes of the state that was remembered last; at first that of rounding to the nearest value. */
    public QuantizedMatrix best() {
        set(best[0], best[1], best[2]);
        try (NDManager scope = scope()) {
            Grid grid = grid();
            float[] values = grid.codes().toFloatArray();
            byte[] codes = new byte[values.length];
            for (int i = 0; i < codes.length; i++) {
                codes[i] = (byte) (int) values[i];
            }
            float[] scales = grid.scale().toFloatArray();
            float[] zeros = new float[0];
            if (!symmetric) {
                float[] zeroPoints = grid.zeroPoint().toFloatArray();
                zeros = new float[scales.length];
                for (int i = 0; i < zeros.length; i++) {
                    zeros[i] = -scales[i] * zeroPoints[i];
                }
            }
            Scheme scheme = symmetric ? Scheme.SYMMETRIC : Scheme.ASYMMETRIC;
            return new QuantizedMatrix(scheme, bits, rows, columns, groupSize, codes, scales, zeros);
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
