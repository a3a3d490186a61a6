package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.compression.range.GridFamily;

/**
 * Puts the inputs of a linear layer on a grid of 4 or 8 bits (XTC, arXiv:2206.01859).
 *
 * <p>{@link DynamicActivationQuantizer}: a scale for each token, from the values themselves.
 * {@link StaticActivationQuantizer}: one range for the tensor, estimated while training or calibrating.
 */
public sealed interface ActivationQuantizer permits DynamicActivationQuantizer, StaticActivationQuantizer {

    /** The grids, by width and symmetry. */
    GridFamily family();

    /**
     * The activations on the grid, as floats.
     *
     * @param input float32 {@code [..., hidden]}
     * @param training whether ranges may be updated from this batch
     * @return float32 of the same shape, on the input's manager; the caller closes it
     */
    NDArray fakeQuantize(NDArray input, boolean training);

    /** 1 where the grid reaches, 0 where a value lies more than half a step beyond its ends; never updates ranges. */
    NDArray reach(NDArray input);

    /** Refuses widths that no kernel computes with. */
    static void checkBits(int bits) {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("activations have 4 or 8 bits, not " + bits);
        }
    }
}
