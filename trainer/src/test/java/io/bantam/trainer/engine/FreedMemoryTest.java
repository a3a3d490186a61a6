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
    private static final boolean GLIBC = Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"));

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatTheEngineFreedGoesBackToTheSystem() throws IOException {
        assertTrue(givenBack(() -> {}, FreedMemory::handBack) > 128 * 1024 || !GLIBC, "not given back");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void itGoesBackWhenItIsMoreThanTheLimit() throws IOException {
        FreedMemory strict = new FreedMemory(64 << 20);
        FreedMemory generous = new FreedMemory(1 << 30);
        assertTrue(givenBack(generous::limit, generous::limit) < 64 * 1024, "given back below the limit");
        assertTrue(givenBack(strict::limit, strict::limit) > 128 * 1024 || !GLIBC, "not given back above the limit");
    }

    /**
     * Kilobytes given back of 256 MB: many arrays with one kept behind them, a free place that the C library keeps by
     * itself.
     */
    private static long givenBack(Runnable before, Runnable action) throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            List<NDArray> arrays = new ArrayList<>();
            for (int i = 0; i < 4096; i++) {
                arrays.add(manager.ones(new Shape(16384 - 1)));
            }
            NDArray last = manager.ones(new Shape(64));
            before.run();
            arrays.forEach(NDArray::close);
            long held = anonymousKilobytes();
            action.run();
            long given = held - anonymousKilobytes();
            last.close();
            return given;
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
