package io.bantam.trainer.recipe;

/** The gradient of a fake-quantized weight with respect to the weight itself. */
public enum StraightThrough {
    /** 1 everywhere, as in XTC. */
    PLAIN,
    /** 1 up to half a step beyond the ends of the grid, 0 for weights further out. */
    CLIPPED
}
