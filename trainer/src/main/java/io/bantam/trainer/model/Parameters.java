package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The weights of one model, float32, in the order and under the names of its config's shapes. */
public interface Parameters {
    /** The manager that owns the arrays. */
    NDManager manager();

    /** The arrays in model order. */
    Collection<NDArray> arrays();

    /** The names in model order. */
    List<String> names();

    /** One array by name. */
    NDArray get(String name);

    /** A copy of all values, row-major, by name. */
    Map<String, float[]> toFloats();
}
