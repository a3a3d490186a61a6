package io.bantam.trainer.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.bantam.trainer.BantamException;

/** The devices that the engine can compute on. */
public final class Devices {
    private Devices() {}

    /** Whether the engine sees a GPU. */
    public static boolean hasGpu() {
        return Engine.getEngine("PyTorch").getGpuCount() > 0;
    }

    /**
     * The first GPU.
     *
     * @param asked what asked for it, for the message
     * @param instead what to write to do without, for the message
     * @throws BantamException if the engine sees none
     */
    public static Device gpu(String asked, String instead) {
        if (!hasGpu()) {
            throw new BantamException(
                    asked + ", but PyTorch sees no GPU. Run './bantam doctor', or set " + instead + ".");
        }
        return Device.gpu();
    }
}
