package io.bantam.trainer.recipe.key;

/** The number format of the matrix products in training. */
public enum Precision {
    /** 32-bit floating point. */
    FLOAT32,
    /** Products in bfloat16, sums, weights and the optimizer in float32. */
    BFLOAT16
}
