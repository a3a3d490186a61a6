package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.DecoderConfig;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The weights of one decoder, float32, in the order and under the names of {@link DecoderConfig#shapes()}; linear
 * weights as
 * {@code [outputs, inputs]}. Owns its native memory: close it.
 */
public final class DecoderParameters implements Parameters, AutoCloseable {
    private final DecoderConfig config;
    private final NamedArrays arrays;

    private DecoderParameters(DecoderConfig config, NamedArrays arrays) {
        this.config = config;
        this.arrays = arrays;
    }

    /**
     * Copies given weights to a device.
     *
     * @param parent the new sub-manager's parent
     * @param values row-major values by name
     * @throws IllegalArgumentException if a tensor is missing, unknown or of another size
     */
    public static DecoderParameters of(NDManager parent, DecoderConfig config, Map<String, float[]> values) {
        return new DecoderParameters(config, new NamedArrays(parent, config, values));
    }

    /**
     * Draws initial weights as GPT-2 does, for every family: N(0, 0.02), the projections into the residual stream
     * divided by sqrt(2 layers), positions N(0, 0.01), biases 0, norms 1. The seed alone decides the values, on every
     * device.
     */
    public static DecoderParameters random(NDManager parent, DecoderConfig config, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> values = new LinkedHashMap<>();
        double residual = 0.02 / Math.sqrt(2.0 * config.layers());
        config.shapes().forEach((name, dimensions) -> {
            float[] data =
                    new float[Math.toIntExact(NamedArrays.shape(dimensions).size())];
            if (name.contains("ln_")) {
                java.util.Arrays.fill(data, name.endsWith(".weight") ? 1 : 0);
            } else if (name.endsWith(".weight")) {
                double deviation = name.endsWith("c_proj.weight") ? residual : name.startsWith("wpe") ? 0.01 : 0.02;
                for (int i = 0; i < data.length; i++) {
                    data[i] = (float) (random.nextGaussian() * deviation);
                }
            }
            values.put(name, data);
        });
        return of(parent, config, values);
    }

    /** The shape of the model. */
    public DecoderConfig config() {
        return config;
    }

    @Override
    public NDManager manager() {
        return arrays.manager();
    }

    @Override
    public Collection<NDArray> arrays() {
        return arrays.arrays();
    }

    /**
     * The arrays as the operation library expects them: one without elements for a tensor that this model does not
     * have.
     */
    List<NDArray> places() {
        return arrays.at(OperationForm.places(config));
    }

    @Override
    public List<String> names() {
        return arrays.names();
    }

    @Override
    public NDArray get(String name) {
        return arrays.get(name);
    }

    @Override
    public Map<String, float[]> toFloats() {
        return arrays.toFloats();
    }

    @Override
    public void close() {
        arrays.close();
    }
}
