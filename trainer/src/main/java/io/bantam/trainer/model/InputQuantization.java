package io.bantam.trainer.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import java.util.Map;

/**
 * How the inputs of quantized linear layers, and sums of the residual stream, are put on a grid (XTC, arXiv:2206.01859).
 *
 * @param bits of the linear layers' inputs; with 16 or 32 they stay in floating point
 * @param symmetric whether codes are centred on 0
 * @param fixedRange one running range a layer (static) instead of a scale a token (dynamic)
 * @param group neighbouring features of a token that share a scale, in dynamic mode; 0 for all of them
 * @param widths bits of the activations that have others, as in {@link ActivationQuantization}
 */
public record InputQuantization(
        int bits, boolean symmetric, boolean fixedRange, int group, Map<String, Integer> widths) {
    /** Checks the widths. */
    public InputQuantization {
        widths = Map.copyOf(widths);
        if (!ActivationQuantization.dynamic(bits, symmetric).withWidths(widths).enabled()) {
            throw new IllegalArgumentException("nothing is quantized with " + bits + " bits and widths " + widths);
        }
    }

    /** The same width for all linear layers, 8 or 4, without groups, and none for sums. */
    public InputQuantization(int bits, boolean symmetric, boolean fixedRange) {
        this(bits, symmetric, fixedRange, 0, Map.of());
    }

    /** The bits of an activation on its grid; 0 if it stays in floating point. */
    int codeBits(String activation) {
        ActivationQuantization all =
                ActivationQuantization.dynamic(bits, symmetric).withWidths(widths);
        return all.quantizes(activation) ? all.bits(activation) : 0;
    }

    /** How the operation library finds an activation's range: 0 from each token, 1 it is fixed, else from groups of so many. */
    long rangeForm(String activation) {
        if (fixedRange) {
            return 1;
        }
        return DecoderConfig.isSum(activation) ? 0 : group;
    }
}
