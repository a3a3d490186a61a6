package io.bantam.runtime.kernel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The choice of kernels, made once when this class loads, and logged. The system property {@code bantam.kernels=scalar}
 * forces the plain ones.
 */
final class KernelProvider {
    private static final Logger LOGGER = System.getLogger(KernelProvider.class.getName());

    static final Kernels BEST = choose();

    private KernelProvider() {}

    private static Kernels choose() {
        if ("scalar".equals(System.getProperty("bantam.kernels"))) {
            LOGGER.log(Level.DEBUG, "kernels: scalar, as bantam.kernels asks");
            return new ScalarKernels();
        }
        // Asked beforehand, so that VectorKernels is never loaded without the module.
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            LOGGER.log(
                    Level.WARNING,
                    "kernels: scalar, several times slower; start Java with --add-modules jdk.incubator.vector");
            return new ScalarKernels();
        }
        Kernels kernels = new VectorKernels();
        LOGGER.log(Level.DEBUG, "kernels: {0}", kernels.name());
        return kernels;
    }
}
