package io.bantam.trainer.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.EngineException;
import io.bantam.trainer.engine.DeviceMemory;
import java.lang.management.MemoryUsage;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {
    private static final long GIBIBYTE = 1L << 30;

    @Test
    void namesWhatDidNotFitAndTwoWaysOut() {
        assertEquals(
                "21-binary: out of memory at step 7 with 16 sequences of 512 tokens, 1.5 of 24.0 GiB free. Set"
                        + " gradientCheckpointing: true, or batchSize: 8 with twice the accumulation, and go on with"
                        + " --resume.",
                OutOfMemory.message(
                        "21-binary",
                        7,
                        16,
                        512,
                        Optional.of(new MemoryUsage(-1, 45 * GIBIBYTE / 2, 24 * GIBIBYTE, 24 * GIBIBYTE)),
                        false));
        assertEquals(
                "x: out of memory at step 1 with 2 sequences of 8 tokens. Set batchSize: 1 with twice the"
                        + " accumulation, and go on with --resume.",
                OutOfMemory.message("x", 1, 2, 8, Optional.empty(), true));
        assertEquals(
                "x: out of memory at step 1 with 1 sequences of 8 tokens. Set gradientCheckpointing: true, and go on"
                        + " with --resume.",
                OutOfMemory.message("x", 1, 1, 8, Optional.empty(), false));
        assertEquals(
                "x: out of memory at step 1 with 1 sequences of 8 tokens. Start again with a smaller"
                        + " data.sequenceLength.",
                OutOfMemory.message("x", 1, 1, 8, Optional.empty(), true));
    }

    @Test
    void knowsTheEnginesWords() {
        assertTrue(DeviceMemory.isExhausted(new EngineException(
                "CUDA out of memory. Tried to allocate 1.53 GiB. GPU 0 has a total capacity of 79.10 GiB")));
        assertTrue(DeviceMemory.isExhausted(new EngineException(
                "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory")));
        assertFalse(DeviceMemory.isExhausted(new EngineException("index out of range in self")));
        assertFalse(DeviceMemory.isExhausted(new EngineException((String) null)));
    }
}
