package io.bantam.trainer.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Collection;

/**
 * The arguments of one operation, in the order of its declaration.
 *
 * <p>Results belong to the manager given here. DJL tells lists from single arrays by their names, so arrays are renamed
 * as they are added; one array must not stand in two lists of one call.
 */
public final class Arguments {
    private final NDManager manager;
    private final NDList list = new NDList();

    /** @param manager owner of the results and of arrays made for this call */
    public Arguments(NDManager manager) {
        this.manager = manager;
    }

    /** Adds a tensor. */
    public Arguments tensor(String name, NDArray array) {
        array.setName(name);
        list.add(array);
        return this;
    }

    /** Adds a list of tensors; an empty collection becomes a list of one array without elements. */
    public Arguments tensors(String name, Collection<NDArray> arrays) {
        if (arrays.isEmpty()) {
            return tensor(name + "[]", manager.create(new Shape(0)));
        }
        for (NDArray array : arrays) {
            tensor(name + "[]", array);
        }
        return this;
    }

    /** Adds whole numbers as a tensor. */
    public Arguments integers(String name, long... values) {
        return tensor(name, manager.create(values));
    }

    /** Adds real numbers as a float64 tensor. */
    public Arguments numbers(String name, double... values) {
        return tensor(name, manager.create(values));
    }

    NDManager manager() {
        return manager;
    }

    NDList list() {
        return list;
    }
}
