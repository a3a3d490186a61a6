package io.bantam.trainer.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class FreedMemoryTest {
    /** Many arrays with one kept behind them: a free place in the middle, which the C library does not give back by itself. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whatTheEngineFreedGoesBackToTheSystem() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            List<NDArray> arrays = new ArrayList<>();
            for (int i = 0; i < 4096; i++) {
                arrays.add(manager.ones(new Shape(16384 - 1)));
            }
            NDArray last = manager.ones(new Shape(64));
            arrays.forEach(NDArray::close);
            long before = anonymousKilobytes();
            FreedMemory.handBack();
            long given = before - anonymousKilobytes();
            boolean glibc = Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"));
            assertTrue(!glibc || given > 128 * 1024, given + " kB of 256 MB were given back");
            last.close();
        }
    }

    private static long anonymousKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
