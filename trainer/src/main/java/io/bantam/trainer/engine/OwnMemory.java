package io.bantam.trainer.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * Arrays in the engine's own memory, which is free as soon as they are closed. {@link NDManager#create(float[], Shape)}
 * leaves the values in a direct buffer of Java instead, which stays until a garbage collection: a model that is made
 * and closed twice would take its memory twice.
 */
public final class OwnMemory {
    private OwnMemory() {}

    /**
     * Copies values to the manager's device.
     *
     * @param values row-major
     * @return float32
     */
    public static NDArray copy(NDManager manager, float[] values, Shape shape) {
        return copy(manager, shape, array -> set(array, values));
    }

    /**
     * Makes an array whose values are set one after the other.
     *
     * @param setter gives an array on the processor its values
     */
    public static NDArray copy(NDManager manager, Shape shape, Consumer<NDArray> setter) {
        NDArray array = manager.create(shape, DataType.FLOAT32, Device.cpu());
        setter.accept(array);
        NDArray there = array.toDevice(manager.getDevice(), false);
        if (there != array) {
            array.close();
        }
        return there;
    }

    /** Gives a float32 array other values. */
    public static void set(NDArray array, float[] values) {
        if (array.size() != values.length) {
            throw new IllegalArgumentException(values.length + " values do not fill " + array.getShape());
        }
        if (array.getDevice().isGpu()) {
            array.set(values);
        } else {
            set(array, 0, values);
        }
    }

    /** Gives a part of a float32 array on the processor other values. */
    public static void set(NDArray array, int from, float[] values) {
        array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer().put(from, values);
    }
}
