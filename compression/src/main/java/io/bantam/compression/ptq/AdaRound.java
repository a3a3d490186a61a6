package io.bantam.compression.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.Scheme;

/**
 * AdaRound (arXiv:2004.10568): learns for every weight whether to round it up or down.
 *
 * <p>{@code q(V) = s clip(floor(w / s) + h(V))} with the rectified sigmoid
 * {@code h(V) = clip(1.2 sigmoid(V) - 0.1, 0, 1)}. Adam lowers
 * {@code tr(D M D^T) / tr(W M W^T) + 0.01 mean(1 - |2 h(V) - 1|^b)}, D being {@code q(V) - W} and M the second moments
 * of the inputs, so the first term is the part of the layer's output that is error. b falls from 20 to 2 along a cosine
 * and drives every h to 0 or 1; in the first fifth of the steps the second term is left out. V starts where q is W.
 * Rounding to the nearest value stays where it is better.
 *
 * <p>The published code does not divide by the output's power and sums the second term; here its weight means the same
 * in every layer.
 *
 * @param steps of Adam, at least 1
 * @param learningRate above 0
 */
public record AdaRound(int steps, double learningRate) {
    private static final float STRETCH = 1.2f;
    private static final float SHIFT = -0.1f;
    private static final float REGULARIZATION = 0.01f;
    private static final double WARM_UP = 0.2;

    public AdaRound {
        if (steps < 1 || !(learningRate > 0)) {
            throw new IllegalArgumentException(
                    "AdaRound needs at least 1 step and a rate above 0, not " + steps + " and " + learningRate);
        }
    }

    /**
     * Quantizes one weight.
     *
     * @param parent of the memory used meanwhile
     * @param weight {@code [out, in]}
     * @param quantizer gives the grids: 2 to 8 bits or ternary
     * @param moments second moments of the inputs, {@code in * in} values
     */
    public QuantizedMatrix quantize(NDManager parent, FloatMatrix weight, Quantizer quantizer, double[] moments) {
        if (quantizer.grids().isEmpty()) {
            throw new IllegalArgumentException(
                    "these weights are quantized to the nearest value only: use round-to-nearest, or 2 bits or more");
        }
        QuantizedMatrix nearest = quantizer.quantize(weight);
        Grid grid = new Grid(weight, nearest);
        double power = InputStatistics.outputError(weight, new float[weight.values().length], moments);
        if (power == 0) {
            return nearest;
        }
        try (NDManager manager = parent.newSubManager()) {
            Shape shape = new Shape(weight.rows(), weight.columns());
            NDArray up = learn(manager, grid, shape, moments, power);
            byte[] codes = new byte[weight.values().length];
            float[] rounded = up.toFloatArray();
            for (int i = 0; i < codes.length; i++) {
                int code = (int) grid.floor[i] + (rounded[i] >= 0.5f ? 1 : 0);
                codes[i] = (byte) Math.clamp(code, grid.lowest, grid.highest);
            }
            QuantizedMatrix learned = new QuantizedMatrix(
                    nearest.scheme(),
                    nearest.bits(),
                    nearest.rows(),
                    nearest.columns(),
                    nearest.groupSize(),
                    codes,
                    nearest.scales(),
                    nearest.zeros());
            boolean better = InputStatistics.outputError(weight, learned.dequantize(), moments)
                    < InputStatistics.outputError(weight, nearest.dequantize(), moments);
            return better ? learned : nearest;
        }
    }

    private NDArray learn(NDManager manager, Grid grid, Shape shape, double[] moments, double power) {
        int in = (int) shape.get(1);
        NDArray m = manager.create(moments, new Shape(in, in))
                .toType(DataType.FLOAT32, false)
                .div((float) power);
        NDArray w = manager.create(grid.weight, shape);
        NDArray scale = manager.create(grid.scale, shape);
        NDArray zero = manager.create(grid.zero, shape);
        NDArray floor = manager.create(grid.floor, shape);
        NDArray v = manager.create(grid.start, shape);
        NDArray mean = manager.zeros(shape);
        NDArray square = manager.zeros(shape);
        for (int step = 0; step < steps; step++) {
            try (NDManager scope = manager.newSubManager()) {
                scope.tempAttachAll(m, w, scale, zero, floor, v, mean, square);
                NDArray sigmoid = v.neg().exp().add(1).pow(-1);
                NDArray free = sigmoid.mul(STRETCH).add(SHIFT);
                NDArray h = free.clip(0, 1);
                NDArray code = floor.add(h);
                NDArray inside =
                        code.gte(grid.lowest).logicalAnd(code.lte(grid.highest)).toType(DataType.FLOAT32, false);
                NDArray q = code.clip(grid.lowest, grid.highest).mul(scale).add(zero);
                NDArray gradient = q.sub(w).matMul(m).mul(2).mul(scale).mul(inside);
                double progress = (double) step / steps;
                if (progress >= WARM_UP) {
                    double beta = beta((progress - WARM_UP) / (1 - WARM_UP));
                    NDArray side = h.mul(2).sub(1);
                    gradient = gradient.sub(side.abs()
                            .pow((float) (beta - 1))
                            .mul(side.sign())
                            .mul((float) (2 * beta) * REGULARIZATION / (float) grid.weight.length));
                }
                NDArray moving = free.gt(0).logicalAnd(free.lt(1)).toType(DataType.FLOAT32, false);
                gradient = gradient.mul(moving)
                        .mul(sigmoid.mul(sigmoid.neg().add(1)))
                        .mul(STRETCH);
                adam(v, mean, square, gradient, step + 1);
            }
        }
        return v.neg().exp().add(1).pow(-1).mul(STRETCH).add(SHIFT).clip(0, 1);
    }

    private static double beta(double progress) {
        return 2 + 0.5 * 18 * (1 + Math.cos(progress * Math.PI));
    }

    private void adam(NDArray v, NDArray mean, NDArray square, NDArray gradient, int step) {
        mean.muli(0.9f).addi(gradient.mul(0.1f));
        square.muli(0.999f).addi(gradient.square().mul(0.001f));
        float rate = (float) (learningRate * Math.sqrt(1 - Math.pow(0.999, step)) / (1 - Math.pow(0.9, step)));
        v.subi(mean.mul(rate).div(square.sqrt().add(1e-12f)));
    }

    /** The weight's grids spread over its elements. */
    private static final class Grid {
        private final float[] weight;
        private final float[] scale;
        private final float[] zero;
        private final float[] floor;
        private final float[] start;
        private final int lowest;
        private final int highest;

        Grid(FloatMatrix matrix, QuantizedMatrix nearest) {
            int size = matrix.values().length;
            boolean asymmetric = nearest.scheme() == Scheme.ASYMMETRIC;
            boolean ternary = nearest.scheme() == Scheme.TERNARY;
            weight = matrix.values();
            scale = new float[size];
            zero = new float[size];
            floor = new float[size];
            start = new float[size];
            lowest = asymmetric ? 0 : ternary ? -1 : -(1 << (nearest.bits() - 1));
            highest = asymmetric ? (1 << nearest.bits()) - 1 : ternary ? 1 : (1 << (nearest.bits() - 1)) - 1;
            for (int i = 0; i < size; i++) {
                int group = i / nearest.groupSize();
                scale[i] = nearest.scales()[group];
                zero[i] = asymmetric ? nearest.zeros()[group] : 0;
                double steps = scale[i] == 0 ? 0 : (weight[i] - zero[i]) / scale[i];
                floor[i] = (float) Math.floor(steps);
                // h = rest, solved for V.
                double rest = Math.clamp(steps - floor[i], 0.001, 0.999);
                start[i] = (float) -Math.log(STRETCH / (rest - SHIFT) - 1);
            }
        }
    }
}
