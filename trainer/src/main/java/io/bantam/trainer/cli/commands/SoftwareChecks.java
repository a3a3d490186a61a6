package io.bantam.trainer.cli.commands;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.trainer.cli.terminal.LogFile;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What the doctor finds out about Java, its modules and the native libraries. */
final class SoftwareChecks {
    private static final Logger LOG = LogManager.getLogger(SoftwareChecks.class);

    private SoftwareChecks() {}

    static List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        findings.add(java(Runtime.version().feature(), System.getProperty("java.home")));
        findings.add(
                vectors(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()));
        findings.addAll(engine());
        findings.add(tokenizers());
        return findings;
    }

    static Finding java(int feature, String home) {
        String state = Runtime.version() + " in " + home;
        return feature == 25
                ? Finding.good("Java", state)
                : Finding.bad("Java", state, "Bantam is built and tested with Java 25; start it with ./bantam.");
    }

    static Finding vectors(boolean present) {
        return present
                ? Finding.good("vector instructions", "module jdk.incubator.vector is there")
                : Finding.poor(
                        "vector instructions",
                        "module jdk.incubator.vector is not loaded",
                        "packed models run slower; start with ./bantam, which adds the module.");
    }

    /** Loads PyTorch and multiplies two small matrices with it. */
    private static List<Finding> engine() {
        List<Finding> findings = new ArrayList<>();
        try {
            Engine engine = Engine.getInstance();
            findings.add(Finding.good(
                    "engine",
                    "DJL %s with %s %s"
                            .formatted(Engine.getDjlVersion(), engine.getEngineName(), engine.getVersion())));
            try (NDManager manager = engine.newBaseManager(Device.cpu());
                    NDArray ones = manager.ones(new Shape(64, 64))) {
                float sum = ones.matMul(ones).sum().getFloat();
                findings.add(
                        sum == 64f * 64 * 64
                                ? Finding.good("matrix product", "as it should be")
                                : Finding.bad(
                                        "matrix product",
                                        "64x64 ones summed to " + sum + " instead of 262144",
                                        "the native library does not fit this processor; report it."));
            }
            int gpus = engine.getGpuCount();
            findings.add(Finding.good("device", gpus == 0 ? "CPU (no GPU is seen)" : gpus + " GPU"));
        } catch (Exception | LinkageError e) {
            LOG.info("engine", e);
            findings.add(Finding.bad(
                    "engine",
                    "PyTorch does not load: " + e.getMessage(),
                    "with the profile cu128 its libraries come from the internet: look after the connection, or build"
                            + " with cu124. Otherwise delete ~/.djl.ai (or DJL_CACHE_DIR) and try again; see also "
                            + LogFile.current() + "."));
        }
        return findings;
    }

    private static Finding tokenizers() {
        try {
            LibUtils.checkStatus();
            return Finding.good("tokenizers", "native library loaded");
        } catch (RuntimeException | LinkageError e) {
            LOG.info("tokenizers", e);
            return Finding.bad(
                    "tokenizers",
                    "the native library does not load: " + e.getMessage(),
                    "delete ~/.djl.ai (or DJL_CACHE_DIR) and try again; see also " + LogFile.current() + ".");
        }
    }
}
