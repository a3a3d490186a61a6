package io.bantam.trainer.hub;

import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.trainer.model.PartialWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of a safetensors file. */
final class SafetensorsSource implements TensorSource {

    private final SafetensorsReader reader;

    SafetensorsSource(Path file) throws IOException {
        this.reader = SafetensorsReader.open(file);
    }

    @Override
    public Map<String, List<Long>> shapes() {
        var shapes = new LinkedHashMap<String, List<Long>>();
        reader.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        return shapes;
    }

    @Override
    public float[] read(String name) throws IOException {
        return reader.readFloats(name);
    }

    @Override
    public void forEachPart(String name, int count, PartialWeights.PartConsumer consumer) throws IOException {
        long size = reader.tensor(name).elementCount();
        for (int from = 0; from < size; from += count) {
            consumer.accept(from, reader.readFloats(name, from, (int) Math.min(count, size - from)));
        }
    }

    @Override
    public void forEachTransposedPart(String name, int rows, int count, PartialWeights.PartConsumer consumer)
            throws IOException {
        int columns = Math.toIntExact(reader.tensor(name).elementCount() / rows);
        for (int from = 0; from < columns; from += count) {
            int width = Math.min(count, columns - from);
            float[] values = new float[rows * width];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(
                        reader.readFloats(name, (long) row * columns + from, width), 0, values, row * width, width);
            }
            consumer.accept(from * rows, Orientation.transpose(values, rows, width));
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
