package io.bantam.trainer.hub;

import io.bantam.runtime.format.FloatTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model in memory.
 *
 * @param config its shape and the other keys of its {@code config.json}
 * @param tensors float32 values by name, exactly the tensors of {@code config.model().shapes()} in that order: Bantam's
 *     names, linear weights as {@code [outputs, inputs]}
 */
public record Checkpoint(CheckpointConfig config, Map<String, FloatTensor> tensors) {

    /**
     * Checks names and shapes.
     *
     * @throws IllegalArgumentException if a tensor is missing, too much or of another shape
     */
    public Checkpoint {
        var expected = config.model().shapes();
        var ordered = new LinkedHashMap<String, FloatTensor>();
        for (Map.Entry<String, List<Integer>> entry : expected.entrySet()) {
            String name = entry.getKey();
            List<Integer> shape = entry.getValue();
            FloatTensor tensor = tensors.get(name);
            if (tensor == null) {
                throw new IllegalArgumentException("tensor '" + name + "' " + shape + " is missing");
            }
            if (!tensor.shape().equals(shape)) {
                throw new IllegalArgumentException(
                        "tensor '" + name + "': expected " + shape + ", found " + tensor.shape());
            }
            ordered.put(name, tensor);
        }
        for (String name : tensors.keySet()) {
            if (!expected.containsKey(name)) {
                throw new IllegalArgumentException("tensor '" + name + "' is not part of the model");
            }
        }
        tensors = Collections.unmodifiableMap(ordered);
    }
}
