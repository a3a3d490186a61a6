package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.runtime.format.DecoderConfig;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The weights of one decoder, float32, in the order and under the names of {@link DecoderConfig#shapes()}; linear weights as
 * {@code [outputs, inputs]}. Owns its native memory: close it.
 */
public final class DecoderParameters implements AutoCloseable {
    private final DecoderConfig config;
    private final NDManager manager;
    private final Map<String, NDArray> arrays = new LinkedHashMap<>();
    /** Stands where the architecture has no tensor. */
    private final NDArray none;

    private DecoderParameters(DecoderConfig config, NDManager manager) {
        this.config = config;
        this.manager = manager;
        this.none = manager.create(new Shape(0));
    }

    /**
     * Copies given weights to a device.
     *
     * @param parent the new sub-manager's parent
     * @param values row-major values by name
     * @throws IllegalArgumentException if a tensor is missing, unknown or of another size
     */
    public static DecoderParameters of(NDManager parent, DecoderConfig config, Map<String, float[]> values) {
        Map<String, List<Integer>> shapes = config.shapes();
        for (String name : values.keySet()) {
            if (!shapes.containsKey(name)) {
                throw new IllegalArgumentException("tensor '" + name + "' is not part of the model");
            }
        }
        DecoderParameters parameters = new DecoderParameters(config, parent.newSubManager());
        shapes.forEach((name, dimensions) -> {
            float[] data = values.get(name);
            Shape shape = shape(dimensions);
            if (data == null || data.length != shape.size()) {
                parameters.close();
                throw new IllegalArgumentException("tensor '" + name + "': expected " + shape + ", found "
                        + (data == null ? "none" : data.length + " values"));
            }
            parameters.arrays.put(name, parameters.manager.create(data, shape));
        });
        return parameters;
    }

    /**
     * Draws initial weights as GPT-2 does, for every family: N(0, 0.02), the projections into the residual stream divided by
     * sqrt(2 layers), positions N(0, 0.01), biases 0, norms 1. The seed alone decides the values, on every device.
     */
    public static DecoderParameters random(NDManager parent, DecoderConfig config, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> values = new LinkedHashMap<>();
        double residual = 0.02 / Math.sqrt(2.0 * config.layers());
        config.shapes().forEach((name, dimensions) -> {
            float[] data = new float[Math.toIntExact(shape(dimensions).size())];
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

    private static Shape shape(List<Integer> dimensions) {
        return new Shape(dimensions.stream().mapToLong(Integer::longValue).toArray());
    }

    /** The shape of the model. */
    public DecoderConfig config() {
        return config;
    }

    /** The manager that owns the arrays. */
    public NDManager manager() {
        return manager;
    }

    /** The arrays in model order. */
    public Collection<NDArray> arrays() {
        return Collections.unmodifiableCollection(arrays.values());
    }

    /** The arrays as the operation library expects them: one without elements for a tensor that this model does not have. */
    List<NDArray> places() {
        return OperationForm.places(config).stream()
                .map(name -> arrays.getOrDefault(name, none))
                .toList();
    }

    /** The names in model order. */
    public List<String> names() {
        return List.copyOf(arrays.keySet());
    }

    /** One array by name. */
    public NDArray get(String name) {
        return arrays.get(name);
    }

    /** A copy of all values, row-major, by name. */
    public Map<String, float[]> toFloats() {
        Map<String, float[]> values = new LinkedHashMap<>();
        arrays.forEach((name, array) -> values.put(name, array.toFloatArray()));
        return values;
    }

    @Override
    public void close() {
        manager.close();
    }
}
