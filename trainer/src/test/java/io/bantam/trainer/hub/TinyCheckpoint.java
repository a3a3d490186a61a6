package io.bantam.trainer.hub;

import io.bantam.runtime.format.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random weights of given shapes, and the folder that holds them. */
final class TinyCheckpoint {
    private TinyCheckpoint() {}

    /** Normally distributed values; gains of norms around 1. {@code spread} is the deviation in matrices. */
    static Map<String, float[]> tensors(Map<String, List<Integer>> shapes, double spread, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> tensors = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
            boolean gain = shape.size() == 1 && name.endsWith("weight");
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((gain ? 1 : 0) + (shape.size() > 1 ? spread : 0.1) * random.nextGaussian());
            }
            tensors.put(name, values);
        });
        return tensors;
    }

    /** Writes config and weights; all of the shapes must be there. */
    static void write(Path folder, String config, Map<String, List<Integer>> shapes, Map<String, float[]> tensors)
            throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config);
        SafetensorsWriter writer = new SafetensorsWriter();
        shapes.forEach((name, shape) -> writer.addFloats(
                name,
                tensors.get(name),
                shape.stream().mapToLong(Integer::longValue).toArray()));
        writer.write(folder.resolve("model.safetensors"));
    }
}
