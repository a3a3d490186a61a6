package io.bantam.runtime.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.JavaProcess;
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
        String output = JavaProcess.run(
                "--add-modules",
                "jdk.incubator.vector",
                "-Dbantam.vector.bits=" + bits,
                KernelAgreement.class.getName());
        assertTrue(output.contains("vector, " + bits + " bits"), output);
    }

    @Test
    void withoutTheIncubatorModuleTheScalarKernelsAreUsedAndALogLineSaysWhy() throws Exception {
        String output = JavaProcess.run(ChosenKernels.class.getName());
        assertTrue(output.contains("chosen: scalar"), output);
        assertTrue(output.contains("start Java with --add-modules jdk.incubator.vector"), output);
        assertTrue(JavaProcess.run("--add-modules", "jdk.incubator.vector", ChosenKernels.class.getName())
                .contains("chosen: vector"));
    }

    /** Prints which kernels this process gets. */
    static final class ChosenKernels {
        public static void main(String[] arguments) {
            System.out.println("chosen: " + Kernels.best().name());
        }
    }
}
