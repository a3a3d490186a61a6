package io.bantam.trainer.recipe;

/** Where the scale of a quantized activation comes from. */
public enum ActivationMode {
    /** From the token itself, each time. */
    DYNAMIC,
    /** From a range found before and then fixed, one a layer. */
    STATIC
}
