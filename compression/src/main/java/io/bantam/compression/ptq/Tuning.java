package io.bantam.compression.ptq;

/** A tensor of a block that follows gradients, and the best state that it had. */
public sealed interface Tuning permits CodebookTuning, VectorTuning {
    /** The values as they are now, row-major; not to be changed. */
    float[] values();

    /**
     * Moves against a gradient.
     *
     * @param gradient with respect to {@link #values}
     * @param rate size of a step, as a part of the values' root mean square
     */
    void step(float[] gradient, double rate);

    /** Takes the present state as the best. */
    void keepAsBest();
}
