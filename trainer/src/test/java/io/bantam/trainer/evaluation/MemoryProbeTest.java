package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class MemoryProbeTest {
    @Test
    void readsTheHighWaterMark(@TempDir Path folder) throws Exception {
        Path status = Files.writeString(folder.resolve("status"), "Name:\tjava\nVmHWM:\t  123456 kB\nVmRSS:\t 1 kB\n");
        assertEquals(OptionalLong.of(123456L * 1024), MemoryProbe.peakResidentBytes(status));
        assertEquals(OptionalLong.empty(), MemoryProbe.peakResidentBytes(folder.resolve("none")));
        Files.writeString(status, "VmHWM: many kB\n");
        assertEquals(OptionalLong.empty(), MemoryProbe.peakResidentBytes(status));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void thePeakOfThisProcessIsPlausible() {
        long bytes = MemoryProbe.peakResidentBytes().orElseThrow();
        assertTrue(bytes > 10_000_000 && bytes < 64_000_000_000L, "peak " + bytes);
    }
}
