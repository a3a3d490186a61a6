package io.bantam.trainer.hub;

import io.bantam.runtime.format.SafetensorsReader;
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
    public void close() {
        reader.close();
    }
}
