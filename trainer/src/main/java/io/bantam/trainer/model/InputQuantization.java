package io.bantam.trainer.model;

/**
 * How the inputs of quantized linear layers are put on a grid (XTC, arXiv:2206.01859).
 *
 * @param bits 8 or 4
 * @param symmetric whether codes are centred on 0
 * @param fixedRange one running range a layer (static) instead of a scale a token (dynamic)
 */
public record InputQuantization(int bits, boolean symmetric, boolean fixedRange) {
    /** Checks the width. */
    public InputQuantization {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("inputs have 4 or 8 bits, not " + bits);
        }
    }
}
