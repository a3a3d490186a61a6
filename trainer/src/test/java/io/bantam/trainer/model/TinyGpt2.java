package io.bantam.trainer.model;

import io.bantam.runtime.format.DecoderConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Models for tests: a few thousand random weights, large enough that every part of the network shows in its output. */
public final class TinyGpt2 {
    private TinyGpt2() {}

    /** A shape without special tokens; the feed-forward part is three times as wide. */
    public static DecoderConfig config(int vocabulary, int positions, int width, int layers, int heads) {
        return new DecoderConfig(vocabulary, positions, width, 3 * width, layers, heads, 1e-5f, -1, -1, -1);
    }

    /** Matrices N(0, 0.35), biases N(0, 0.1), norms around 1. */
    public static Map<String, float[]> weights(DecoderConfig config, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> weights = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
            double mean = name.contains("ln_") && name.endsWith(".weight") ? 1 : 0;
            double deviation = shape.size() > 1 ? 0.35 : 0.1;
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (mean + deviation * random.nextGaussian());
            }
            weights.put(name, values);
        });
        return weights;
    }

    /** Token ids. */
    public static int[] ids(long seed, int count, int vocabulary) {
        return new Random(seed).ints(count, 0, vocabulary).toArray();
    }
}
