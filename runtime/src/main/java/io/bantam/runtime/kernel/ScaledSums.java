package io.bantam.runtime.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of products of codes become outputs: they are given the scales and zeros of weights and inputs and are added to
 * what is there.
 */
final class ScaledSums {
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final int LANES = Registers.LANES;
    private static final VectorSpecies<Integer> INTS = Registers.INTS;

    private ScaledSums() {}

    /** The outputs of {@link Kernels#addSums}. */
    static void addSums(
            CodeForm form,
            GroupScales weights,
            int at,
            int count,
            int[] sums,
            int sumsOffset,
            int total,
            float scale,
            float zero,
            float[] out,
            int outOffset) {
        float[] weightScales = weights.scales;
        float[] weightZeros = weights.zeros;
        float[] codeSums = weights.codeSums;
        boolean hasZeros = weights.hasZeros();
        int factor = form.factor();
        int subtrahend = form.shift() * total;
        float columns = weights.groupColumns();
        int bound = FLOATS.loopBound(count);
        for (int r = 0; r < bound; r += LANES) {
            int w = at + r;
            FloatVector weightScale = FloatVector.fromArray(FLOATS, weightScales, w);
            FloatVector product = (FloatVector) IntVector.fromArray(INTS, sums, sumsOffset + r)
                    .mul(factor)
                    .sub(subtrahend)
                    .convert(VectorOperators.I2F, 0);
            product = product.mul(weightScale);
            if (hasZeros) {
                product = product.add(
                        FloatVector.fromArray(FLOATS, weightZeros, w).mul(total));
            }
            FloatVector y = FloatVector.fromArray(FLOATS, out, outOffset + r).add(product.mul(scale));
            if (zero != 0) {
                FloatVector sum = weightScale.mul(FloatVector.fromArray(FLOATS, codeSums, w));
                if (hasZeros) {
                    sum = sum.add(FloatVector.fromArray(FLOATS, weightZeros, w).mul(columns));
                }
                y = y.add(sum.mul(zero));
            }
            y.intoArray(out, outOffset + r);
        }
        for (int r = bound; r < count; r++) {
            int w = at + r;
            float product = weightScales[w] * (factor * sums[sumsOffset + r] - subtrahend);
            if (hasZeros) {
                product += weightZeros[w] * total;
            }
            float y = out[outOffset + r] + scale * product;
            if (zero != 0) {
                float sum = weightScales[w] * codeSums[w];
                y += zero * (hasZeros ? sum + weightZeros[w] * columns : sum);
            }
            out[outOffset + r] = y;
        }
    }

    /** The outputs of {@link Kernels#addPanelProduct}. */
    static void addPanelProduct(
            GroupScales weights, int group, int firstRow, int rowCount, PanelInputs inputs, float[] sums, float[] out) {
        for (int r = 0; r < rowCount; r++) {
            int row = firstRow + r;
            float scale = weights.scale(row, group);
            float zero = weights.zero(row, group);
            float constant =
                    weights.hasCodeSums() ? scale * weights.codeSum(row, group) + zero * weights.groupColumns() : 0;
            addRow(scale, zero, constant, inputs, sums, out, r * inputs.width);
        }
    }

    /** {@code out += inputScale * (scale * sum + zero * total) + inputZero * constant}, over the lanes of a panel. */
    private static void addRow(
            float scale, float zero, float constant, PanelInputs inputs, float[] sums, float[] out, int offset) {
        float[] scales = inputs.scales;
        float[] zeros = inputs.zeros;
        float[] totals = inputs.totals;
        int lane = inputs.lane;
        int totalsOffset = inputs.totalsOffset;
        int width = inputs.width;
        for (int t = 0; t < width; t += LANES) {
            FloatVector product =
                    FloatVector.fromArray(FLOATS, sums, offset + t).mul(scale);
            if (zero != 0) {
                product = product.add(
                        FloatVector.fromArray(FLOATS, totals, totalsOffset + t).mul(zero));
            }
            product = product.mul(FloatVector.fromArray(FLOATS, scales, lane + t));
            FloatVector y = FloatVector.fromArray(FLOATS, out, offset + t).add(product);
            if (constant != 0) {
                y = y.add(FloatVector.fromArray(FLOATS, zeros, lane + t).mul(constant));
            }
            y.intoArray(out, offset + t);
        }
    }

    /** The sums of {@link Kernels#add}. */
    static void add(float[] target, int targetOffset, float[] values, int valuesOffset, int count) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector.fromArray(FLOATS, target, targetOffset + i)
                    .add(FloatVector.fromArray(FLOATS, values, valuesOffset + i))
                    .intoArray(target, targetOffset + i);
        }
        for (int i = bound; i < count; i++) {
            target[targetOffset + i] += values[valuesOffset + i];
        }
    }
}
