package io.bantam.trainer.stage;

import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.trainer.model.PartialWeights;
import java.io.IOException;
import java.util.Set;

/** Weights that are made each time they are asked for, whole or in parts. */
public final class LazyWeights extends LazyTensors<float[]> implements PartialWeights {
    /** Values of a part: little enough that Java's collector takes it for an ordinary array. */
    private static final int PART = 1 << 18;

    private final PartMaker parts;

    /** Makes or reads a tensor in parts. */
    @FunctionalInterface
    public interface PartMaker {
        /** Hands on the tensor of that name. */
        void make(String name, PartConsumer consumer) throws IOException;
    }

    /** @param large whether all of them together are too much for memory */
    public LazyWeights(Set<String> names, boolean large, Maker<float[]> whole, PartMaker parts) {
        super(names, large, whole);
        this.parts = parts;
    }

    /** Hands on the values that codes stand for, some rows at a time where each code stands for itself. */
    public static void forEachPart(QuantizedWeight weight, PartConsumer consumer) throws IOException {
        if (weight instanceof QuantizedMatrix matrix) {
            int step = Math.max(1, PART / matrix.columns()) * matrix.columns();
            int size = matrix.codes().length;
            for (int from = 0; from < size; from += step) {
                consumer.accept(from, matrix.dequantize(from, Math.min(size, from + step)));
            }
        } else {
            consumer.accept(0, weight.dequantize());
        }
    }

    @Override
    public void forEachPart(String name, PartConsumer consumer) throws IOException {
        parts.make(name, consumer);
    }
}
