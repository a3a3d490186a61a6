package io.bantam.trainer.hub;

import io.bantam.trainer.model.PartialWeights;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Named tensors in some file format, read one at a time. */
interface TensorSource extends AutoCloseable {

    /** Returns the shape of every tensor. */
    Map<String, List<Long>> shapes();

    /** Returns a tensor's values, row-major; half and brain floats are widened, doubles rounded. */
    float[] read(String name) throws IOException;

    /**
     * Hands on a tensor's values in order: so many at a time where the format allows it, else all at once.
     *
     * @param count values of a part, the last has fewer
     */
    default void forEachPart(String name, int count, PartialWeights.PartConsumer consumer) throws IOException {
        consumer.accept(0, read(name));
    }

    /**
     * Hands on a matrix transposed, as {@code [columns, rows]}, in parts of whole columns where the format allows it.
     *
     * @param rows of the matrix in the file
     * @param count columns of the matrix in the file that make a part, the last has fewer
     */
    default void forEachTransposedPart(String name, int rows, int count, PartialWeights.PartConsumer consumer)
            throws IOException {
        float[] values = read(name);
        consumer.accept(0, Orientation.transpose(values, rows, values.length / rows));
    }

    @Override
    void close() throws IOException;
}
