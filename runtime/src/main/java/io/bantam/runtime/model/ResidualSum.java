package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;

/**
 * The grid of one sum of the residual stream.
 *
 * @param quantization with the sum's own bits
 * @param range fixed, or null for one per token
 */
record ResidualSum(ActivationQuantization quantization, Range range) {
    /** The grid of a sum; null if it stays in floating point. */
    static ResidualSum of(ActivationQuantization activations, String sum) {
        return activations.quantizes(sum)
                ? new ResidualSum(activations.of(sum), activations.ranges().get(sum))
                : null;
    }

    /** Puts tokens on the grid: {@code stream} is {@code [tokens, width]}. */
    void quantize(ActivationCodes codes, float[] stream, int tokens, int width) {
        for (int token = 0; token < tokens; token++) {
            codes.quantize(quantization, range, token, stream, token * width, width, false);
        }
    }
}
