package io.bantam.runtime.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.JavaProcess;
import org.junit.jupiter.api.Test;

class TokenAllocationTest {
    @Test
    void generatingAllocatesNothingPerToken() throws Exception {
        String output = JavaProcess.run(
                "--add-modules",
                "jdk.incubator.vector",
                "-XX:+UseSerialGC",
                "-Xbatch",
                TokenAllocation.class.getName());
        assertTrue(output.contains("vector, "), output);
        assertTrue(output.contains("allocated nothing"), output);
    }
}
