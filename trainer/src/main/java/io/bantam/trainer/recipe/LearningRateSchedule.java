package io.bantam.trainer.recipe;

/** How the learning rate goes on after the warm-up. */
public enum LearningRateSchedule {
    /** Falls in a straight line to 0 at the last step. */
    LINEAR,
    /** Falls along half a cosine to 0 at the last step. */
    COSINE,
    /** Stays. */
    CONSTANT,
    /** Stays for four fifths of the steps, then falls in a straight line to 0 at the last step. */
    STABLE_THEN_LINEAR
}
