package io.bantam.runtime.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
    @Test
    void vectorAgreesWithScalar() {
        assertTrue(KernelAgreement.run().startsWith("vector"));
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void vectorAgreesWithScalarAtOtherRegisterWidths(int bits) throws Exception {
        String output = java(
                "--add-modules",
                "jdk.incubator.vector",
                "-Dbantam.vector.bits=" + bits,
                KernelAgreement.class.getName());
        assertTrue(output.contains("vector, " + bits + " bits"), output);
    }

    @Test
    void withoutTheIncubatorModuleTheScalarKernelsAreUsedAndALogLineSaysWhy() throws Exception {
        String output = java(ChosenKernels.class.getName());
        assertTrue(output.contains("chosen: scalar"), output);
        assertTrue(output.contains("start Java with --add-modules jdk.incubator.vector"), output);
        assertTrue(java("--add-modules", "jdk.incubator.vector", ChosenKernels.class.getName())
                .contains("chosen: vector"));
    }

    /** Prints which kernels this process gets. */
    static final class ChosenKernels {
        public static void main(String[] arguments) {
            System.out.println("chosen: " + Kernels.best().name());
        }
    }

    private static String java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
