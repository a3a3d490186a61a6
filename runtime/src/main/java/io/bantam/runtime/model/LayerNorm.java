package io.bantam.runtime.model;

import io.bantam.runtime.kernel.Kernels;

/** A layer norm's parameters. */
record LayerNorm(float[] weight, float[] bias, float epsilon) {
    /** Normalizes the features of one token. */
    void apply(Kernels kernels, float[] in, int inOffset, float[] out, int outOffset) {
        kernels.layerNorm(in, inOffset, weight.length, weight, bias, epsilon, out, outOffset);
    }
}
