package io.bantam.runtime.model;

import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Seeded models with weights of GPT-2's usual sizes. */
final class RandomModels {
    private RandomModels() {}

    static DecoderConfig config(int vocabulary, int positions, int width, int layers, int heads) {
        return new DecoderConfig(vocabulary, positions, width, 4 * width, layers, heads, 1e-5f, 0, 1, -1);
    }

    static Map<String, ModelTensor> floats(DecoderConfig config, long seed) {
        Random random = new Random(seed);
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            boolean normWeight = name.contains("ln_") && name.endsWith(".weight");
            float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (normWeight ? 1 : 0) + 0.1f * (float) random.nextGaussian();
            }
            tensors.put(name, new FloatTensor(DType.F32, shape, values));
        });
        return tensors;
    }

    /**
     * The weights of {@link #floats} with the linears quantized, and the embedding too if asked.
     *
     * @param group columns that share a scale; 0 for the whole tensor
     */
    static Map<String, ModelTensor> quantized(
            DecoderConfig config, long seed, Scheme scheme, int bits, int group, boolean embedding) {
        Map<String, ModelTensor> tensors = floats(config, seed);
        Random random = new Random(seed + 1);
        config.shapes().forEach((name, shape) -> {
            boolean linear = name.startsWith("h.") && shape.size() == 2;
            if (linear || (embedding && name.equals("wte.weight"))) {
                tensors.put(name, random(random, scheme, bits, shape, group));
            }
        });
        return tensors;
    }

    /** Random codes, with scales that give weights of about 0.1. */
    static PackedTensor random(Random random, Scheme scheme, int bits, List<Integer> shape, int group) {
        int rows = shape.get(0);
        int columns = shape.get(1);
        int lowest = scheme == Scheme.ASYMMETRIC ? 0 : scheme == Scheme.SYMMETRIC ? -(1 << bits - 1) : -1;
        int count = scheme == Scheme.BINARY || scheme == Scheme.TERNARY ? 3 : 1 << bits;
        int[] codes = new int[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = scheme == Scheme.BINARY ? 2 * random.nextInt(2) - 1 : lowest + random.nextInt(count);
        }
        int groups = group == 0 ? 1 : rows * (columns / group);
        float[] scales = new float[groups];
        float[] zeros = new float[scheme == Scheme.ASYMMETRIC ? groups : 0];
        for (int i = 0; i < groups; i++) {
            scales[i] = (0.5f + random.nextFloat()) * 0.3f / count;
            if (zeros.length > 0) {
                zeros[i] = -scales[i] * (count / 2 - 1) + 0.01f * random.nextFloat();
            }
        }
        return PackedTensor.pack(scheme, bits, rows, columns, group, codes, scales, zeros);
    }

    static int[] tokens(DecoderConfig config, int count, long seed) {
        return new Random(seed).ints(count, 0, config.vocabularySize()).toArray();
    }
}
