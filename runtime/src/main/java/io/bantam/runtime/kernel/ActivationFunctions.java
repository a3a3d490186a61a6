package io.bantam.runtime.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions that need an exponential: softmax, both kinds of GELU, and the gate of SwiGLU, in place and to about 2
 * units in the last place. The elements behind the last whole register are computed in double precision.
 */
final class ActivationFunctions {
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final int LANES = Registers.LANES;

    /** The coefficients of {@link #erfGelu}, the highest power's first. */
    private static final float[] ERF = {1.061405429f, -1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f};

    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** Adding and subtracting 1.5 * 2^23 rounds to a whole number, which then sits in the low bits. */
    private static final float ROUND = 12582912f;

    private static final float SQRT_2_OVER_PI = 0.7978845608f;

    private ActivationFunctions() {}

    /** The probabilities of {@link Kernels#softmax}. */
    static void softmax(float[] scores, int offset, int count, float scale) {
        int bound = FLOATS.loopBound(count);
        FloatVector largest = FloatVector.broadcast(FLOATS, scores[offset]);
        for (int j = 0; j < bound; j += LANES) {
            largest = largest.max(FloatVector.fromArray(FLOATS, scores, offset + j));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (int j = bound; j < count; j++) {
            max = Math.max(max, scores[offset + j]);
        }
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int j = 0; j < bound; j += LANES) {
            FloatVector weight = exp(
                    FloatVector.fromArray(FLOATS, scores, offset + j).sub(max).mul(scale));
            weight.intoArray(scores, offset + j);
            sums = sums.add(weight);
        }
        float sum = Registers.sumLanes(sums);
        for (int j = offset + bound; j < offset + count; j++) {
            scores[j] = (float) Math.exp(scale * (scores[j] - max));
            sum += scores[j];
        }
        float factor = 1 / sum;
        for (int j = 0; j < bound; j += LANES) {
            FloatVector.fromArray(FLOATS, scores, offset + j).mul(factor).intoArray(scores, offset + j);
        }
        for (int j = offset + bound; j < offset + count; j++) {
            scores[j] *= factor;
        }
    }

    /** The function of {@link Kernels#gelu}. */
    static void gelu(float[] values, int offset, int count) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, offset + i);
            // 0.5 (1 + tanh(u)) = 1 / (1 + exp(-2u))
            FloatVector u = x.mul(x)
                    .fma(FloatVector.broadcast(FLOATS, 0.044715f), FloatVector.broadcast(FLOATS, 1f))
                    .mul(x);
            FloatVector power = exp(u.mul(-2 * SQRT_2_OVER_PI));
            x.div(power.add(1f)).intoArray(values, offset + i);
        }
        for (int i = offset + bound; i < offset + count; i++) {
            float x = values[i];
            double u = SQRT_2_OVER_PI * (x + 0.044715 * x * x * x);
            values[i] = (float) (x / (1 + Math.exp(-2 * u)));
        }
    }

    /**
     * The function of {@link Kernels#erfGelu}, with the error function of Abramowitz and Stegun, 7.1.26, which is off
     * by at most 1.5e-7.
     */
    static void erfGelu(float[] values, int offset, int count) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, offset + i);
            FloatVector z = x.abs().mul((float) Math.sqrt(0.5));
            FloatVector t = FloatVector.broadcast(FLOATS, 1f)
                    .div(z.fma(FloatVector.broadcast(FLOATS, 0.3275911f), FloatVector.broadcast(FLOATS, 1f)));
            FloatVector sum = FloatVector.broadcast(FLOATS, ERF[0]);
            for (int k = 1; k < ERF.length; k++) {
                sum = sum.fma(t, FloatVector.broadcast(FLOATS, ERF[k]));
            }
            FloatVector tail = sum.mul(t).mul(exp(z.mul(z).neg())).mul(0.5f);
            // The share of a normal distribution below x.
            FloatVector below = tail.blend(tail.neg().add(1f), x.compare(VectorOperators.GE, 0f));
            x.mul(below).intoArray(values, offset + i);
        }
        for (int i = offset + bound; i < offset + count; i++) {
            values[i] = (float) (0.5 * values[i] * (1 + ErrorFunction.erf(values[i] * Math.sqrt(0.5))));
        }
    }

    /** The gated values of {@link Kernels#gate}. */
    static void gate(float[] values, int gate, int value, int count, int out) {
        int bound = FLOATS.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, values, gate + i);
            FloatVector.fromArray(FLOATS, values, value + i)
                    .mul(x.div(exp(x.neg()).add(1f)))
                    .intoArray(values, out + i);
        }
        for (int i = bound; i < count; i++) {
            float x = values[gate + i];
            values[out + i] = (float) (x / (1 + Math.exp(-x))) * values[value + i];
        }
    }

    /**
     * The exponential to about 2 units in the last place, by the polynomial of the Cephes library; 0 below -87.3,
     * 1.6e38 above 88.
     */
    private static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.min(88f).max(-87.3f);
        FloatVector shifted = clamped.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(FLOATS, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(FLOATS, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r.add(1f));
        FloatVector power = shifted.reinterpretAsInts()
                .add(127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats();
        return p.mul(power).blend(0f, x.compare(VectorOperators.LT, -87.3f));
    }
}
