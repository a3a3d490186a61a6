package io.bantam.trainer.stage;

import io.bantam.trainer.model.PartialWeights;
import java.io.IOException;
import java.util.Set;

/** Weights that are made each time they are asked for, whole or in parts. */
final class LazyWeights extends LazyTensors<float[]> implements PartialWeights {
    private final PartMaker parts;

    /** Makes or reads a tensor in parts. */
    @FunctionalInterface
    interface PartMaker {
        /** Hands on the tensor of that name. */
        void make(String name, PartConsumer consumer) throws IOException;
    }

    /** @param large whether all of them together are too much for memory */
    LazyWeights(Set<String> names, boolean large, Maker<float[]> whole, PartMaker parts) {
        super(names, large, whole);
        this.parts = parts;
    }

    @Override
    public void forEachPart(String name, PartConsumer consumer) throws IOException {
        parts.make(name, consumer);
    }
}
