package io.bantam.runtime.model;

import io.bantam.runtime.kernel.Kernels;

/**
 * A norm's parameters.
 *
 * @param bias of a layer norm; null for a norm by the root mean square
 */
record Norm(float[] weight, float[] bias, float epsilon) {
    /** Normalizes the features of one token. */
    void apply(Kernels kernels, float[] in, int inOffset, float[] out, int outOffset) {
        if (bias == null) {
            kernels.rmsNorm(in, inOffset, weight.length, weight, epsilon, out, outOffset);
        } else {
            kernels.layerNorm(in, inOffset, weight.length, weight, bias, epsilon, out, outOffset);
        }
    }
}
