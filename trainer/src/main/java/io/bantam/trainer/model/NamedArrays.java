package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.engine.FreedMemory;
import io.bantam.trainer.engine.OwnMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Weights copied to a device. Owns their native memory: close it. */
final class NamedArrays implements Parameters, AutoCloseable {
    /** Bytes of a model whose place is worth the milliseconds of giving it back. */
    private static final long LARGE = 64L << 20;

    private final NDManager manager;
    private final Map<String, NDArray> arrays = new LinkedHashMap<>();
    private final long bytes;
    /** Stands where the architecture has no tensor. */
    private final NDArray none;

    /**
     * Copies given weights to a device.
     *
     * @param parent the new sub-manager's parent
     * @param values row-major values by name
     * @throws IllegalArgumentException if a tensor is missing, unknown or of another size
     */
    NamedArrays(NDManager parent, ModelConfig config, Map<String, float[]> values) {
        Map<String, List<Integer>> shapes = config.shapes();
        for (String name : values.keySet()) {
            if (!shapes.containsKey(name)) {
                throw new IllegalArgumentException("tensor '" + name + "' is not part of the model");
            }
        }
        this.manager = parent.newSubManager();
        this.none = manager.create(new Shape(0));
        this.bytes = Float.BYTES
                * shapes.values().stream()
                        .mapToLong(shape -> shape(shape).size())
                        .sum();
        try {
            shapes.keySet().forEach(name -> arrays.put(name, copy(manager, config, values, name)));
        } catch (RuntimeException unusable) {
            close();
            throw unusable;
        }
    }

    /**
     * Copies one weight to a device, in parts where it can be had so.
     *
     * @throws IllegalArgumentException if it is missing or of another size
     */
    static NDArray copy(NDManager manager, ModelConfig config, Map<String, float[]> values, String name) {
        Shape shape = shape(config.shapes().get(name));
        if (!values.containsKey(name)) {
            throw new IllegalArgumentException("tensor '" + name + "': expected " + shape + ", found none");
        }
        return OwnMemory.copy(manager, shape, array -> copy(values, name, array));
    }

    private static void copy(Map<String, float[]> values, String name, NDArray array) {
        long[] found = new long[1];
        try {
            PartialWeights.forEachPart(values, name, (from, part) -> {
                if (from + part.length <= array.size()) {
                    OwnMemory.set(array, from, part);
                }
                found[0] += part.length;
            });
        } catch (IOException unread) {
            throw new UncheckedIOException(unread);
        }
        if (found[0] != array.size()) {
            throw new IllegalArgumentException(
                    "tensor '" + name + "': expected " + array.getShape() + ", found " + found[0] + " values");
        }
    }

    static Shape shape(List<Integer> dimensions) {
        return new Shape(dimensions.stream().mapToLong(Integer::longValue).toArray());
    }

    @Override
    public NDManager manager() {
        return manager;
    }

    @Override
    public Collection<NDArray> arrays() {
        return Collections.unmodifiableCollection(arrays.values());
    }

    /** The arrays in the operation library's places: one without elements for a tensor that this model does not have.
     * */
    List<NDArray> at(List<String> places) {
        return places.stream().map(name -> arrays.getOrDefault(name, none)).toList();
    }

    @Override
    public List<String> names() {
        return List.copyOf(arrays.keySet());
    }

    @Override
    public NDArray get(String name) {
        return arrays.get(name);
    }

    @Override
    public Map<String, float[]> toFloats() {
        Map<String, float[]> values = new LinkedHashMap<>();
        arrays.forEach((name, array) -> values.put(name, array.toFloatArray()));
        return values;
    }

    @Override
    public void close() {
        manager.close();
        if (bytes > LARGE) {
            FreedMemory.handBack();
        }
    }
}
