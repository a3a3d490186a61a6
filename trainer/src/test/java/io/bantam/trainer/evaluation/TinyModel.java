package io.bantam.trainer.evaluation;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.PackedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A packed model of seeded random weights that runs at once. */
final class TinyModel {
    static final DecoderConfig CONFIG = new DecoderConfig(40, 48, 16, 64, 2, 2, 1e-5f, 0, 1, 2);

    private TinyModel() {}

    static Path write(Path file) throws IOException {
        return write(file, CONFIG);
    }

    static Path write(Path file, DecoderConfig config) throws IOException {
        Random random = new Random(17);
        Map<String, FloatTensor> tensors = new TreeMap<>();
        config.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (name.contains("ln_") && name.endsWith("weight") ? 1 : 0)
                        + 0.1f * (float) random.nextGaussian();
            }
            tensors.put(name, FloatTensor.of(values, shape.toArray(new Integer[0])));
        });
        PackedFile.write(file, config, ActivationQuantization.NONE, tensors, null);
        return file;
    }
}
