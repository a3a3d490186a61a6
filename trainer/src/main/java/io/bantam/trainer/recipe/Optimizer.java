package io.bantam.trainer.recipe;

/** The rules by which gradients change the weights. */
public enum Optimizer {
    /** AdamW. */
    ADAMW,
    /** Muon for the matrices of the blocks, AdamW for the rest; the same learning rates serve. */
    MUON
}
