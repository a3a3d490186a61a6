package io.bantam.trainer.recipe;

/** The gradient of a fake-quantized weight with respect to the weight itself. */
public enum StraightThrough {
    /** 1 everywhere, as in XTC. */
    PLAIN,
    /** 1 inside the range of the codes, 0 for weights that were clipped. */
    CLIPPED
}
