package io.bantam.trainer.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Steps keep no native memory. In a process of its own, whose heap is resident from the start and cannot grow. */
@EnabledOnOs(OS.LINUX)
class MemoryTest {
    /** A leak of one set of gradients (0.55 MB) a step would make 110 MB of the 200 steps. */
    private static final long TOLERANCE_KILOBYTES = 24 * 1024;

    @TempDir
    Path folder;

    @Test
    void residentMemoryIsFlatOver200Steps() throws IOException, InterruptedException {
        JavaProcess java = JavaProcess.start(
                folder.resolve("errors.txt"),
                MemoryProcess.class,
                List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1"),
                "300");
        List<Long> kilobytes = java.process().inputReader().readAllLines().stream()
                .map(Long::parseLong)
                .toList();
        assertEquals(0, java.process().waitFor(), java.complaints());
        assertEquals(6, kilobytes.size());
        long growth = kilobytes.get(5) - kilobytes.get(1);
        assertTrue(growth < TOLERANCE_KILOBYTES, "kB after every 50 steps: " + kilobytes);
    }
}
