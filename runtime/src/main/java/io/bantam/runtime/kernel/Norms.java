package io.bantam.runtime.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Layer norm and root-mean-square norm of one token's features: {@link Kernels#layerNorm} and {@link Kernels#rmsNorm}
 * with the Vector API. Sums of squares are taken in float32, in the order of {@link Registers#sumLanes}.
 */
final class Norms {
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final int LANES = Registers.LANES;

    private Norms() {}

    /** The norm of {@link Kernels#layerNorm}. */
    static void layerNorm(
            float[] in,
            int inOffset,
            int features,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] out,
            int outOffset) {
        int bound = FLOATS.loopBound(features);
        float mean = Reductions.sum(in, inOffset, features) / features;
        FloatVector squares = FloatVector.zero(FLOATS);
        for (int c = 0; c < bound; c += LANES) {
            FloatVector distance =
                    FloatVector.fromArray(FLOATS, in, inOffset + c).sub(mean);
            squares = distance.fma(distance, squares);
        }
        float variance = Registers.sumLanes(squares);
        for (int c = bound; c < features; c++) {
            variance += (in[inOffset + c] - mean) * (in[inOffset + c] - mean);
        }
        float factor = (float) (1 / Math.sqrt(variance / features + epsilon));
        for (int c = 0; c < bound; c += LANES) {
            FloatVector normal =
                    FloatVector.fromArray(FLOATS, in, inOffset + c).sub(mean).mul(factor);
            normal.fma(FloatVector.fromArray(FLOATS, weight, c), FloatVector.fromArray(FLOATS, bias, c))
                    .intoArray(out, outOffset + c);
        }
        for (int c = bound; c < features; c++) {
            out[outOffset + c] = (in[inOffset + c] - mean) * factor * weight[c] + bias[c];
        }
    }

    /** The norm of {@link Kernels#rmsNorm}. */
    static void rmsNorm(
            float[] in, int inOffset, int features, float[] weight, float epsilon, float[] out, int outOffset) {
        int bound = FLOATS.loopBound(features);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int c = 0; c < bound; c += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, in, inOffset + c);
            sums = x.fma(x, sums);
        }
        float squares = Registers.sumLanes(sums);
        for (int c = bound; c < features; c++) {
            squares += in[inOffset + c] * in[inOffset + c];
        }
        float factor = (float) (1 / Math.sqrt(squares / features + epsilon));
        for (int c = 0; c < bound; c += LANES) {
            FloatVector.fromArray(FLOATS, in, inOffset + c)
                    .mul(factor)
                    .mul(FloatVector.fromArray(FLOATS, weight, c))
                    .intoArray(out, outOffset + c);
        }
        for (int c = bound; c < features; c++) {
            out[outOffset + c] = in[inOffset + c] * factor * weight[c];
        }
    }
}
