package io.bantam.trainer.model;

import java.io.IOException;
import java.util.Map;

/**
 * Weights by name that are made when they are asked for, and can be had in parts, so that a large one need not lie in
 * Java's heap whole.
 */
public interface PartialWeights extends Map<String, float[]> {

    /** Takes a part of a tensor. */
    @FunctionalInterface
    interface PartConsumer {
        /**
         * Takes whole rows.
         *
         * @param from place of the first value in the tensor, row-major
         * @param values of the rows; not to be changed
         * @throws IOException if they are damaged, or cannot be written
         */
        void accept(int from, float[] values) throws IOException;
    }

    /** Hands on a tensor's values in order, some rows at a time where that costs nothing, else all at once. */
    void forEachPart(String name, PartConsumer consumer) throws IOException;

    /** Hands on the parts of a tensor, whatever kind of weights it is in. */
    static void forEachPart(Map<String, float[]> weights, String name, PartConsumer consumer) throws IOException {
        if (weights instanceof PartialWeights parts) {
            parts.forEachPart(name, consumer);
        } else {
            consumer.accept(0, weights.get(name));
        }
    }
}
