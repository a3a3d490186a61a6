package io.bantam.trainer.recipe;

/** Where the scale of a quantized activation comes from. */
public enum ActivationMode {
    /** A scale computed from each token's own values. */
    DYNAMIC,
    /** A scale from a range that was calibrated before and is fixed, one a layer. */
    STATIC
}
