package io.bantam.trainer.engine;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.util.cuda.CudaUtils;
import java.lang.management.MemoryUsage;
import java.util.Optional;

/** What the engine says of memory for tensors. */
public final class DeviceMemory {
    private DeviceMemory() {}

    /** Whether a failure of the engine is a lack of memory. */
    public static boolean isExhausted(EngineException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("CUDA out of memory")
                || message.contains("DefaultCPUAllocator")
                || message.contains("CUDA error: out of memory");
    }

    /** Free and whole memory of a GPU in bytes; empty for a CPU and where the driver does not tell. */
    public static Optional<MemoryUsage> of(Device device) {
        if (!device.isGpu()) {
            return Optional.empty();
        }
        try {
            return Optional.of(CudaUtils.getGpuMemory(device));
        } catch (RuntimeException | UnsatisfiedLinkError unknown) {
            return Optional.empty();
        }
    }
}
