package io.bantam.trainer.engine;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtModel;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The loaded operation library. One instance a device. Several threads may call it at once if no call writes what
 * another one reads.
 *
 * <p>Each operation is a method of {@code operations.py}, or for models with an encoder of {@code encoder.py}, and is
 * documented there; products without gradient are those of {@code onednn.py} or {@code plain.py}.
 */
public final class Operations implements AutoCloseable {
    private static final List<String> SOURCES = List.of("operations.py", "encoder.py");
    private static final String ONEDNN = "MKLDNN";

    private final Model model;
    private final PtSymbolBlock block;

    private Operations(Model model) {
        this.model = model;
        this.block = (PtSymbolBlock) model.getBlock();
    }

    /** Loads the library on a device. */
    public static Operations load(Device device) {
        return load(device, source(device));
    }

    /** Loads a library from its source; tests add operations of their own. */
    static Operations load(Device device, String source) {
        PtModel model = (PtModel) Model.newInstance("operations", device, "PyTorch");
        try (InputStream archive = new ByteArrayInputStream(TorchScriptArchive.of(source))) {
            model.load(archive, Map.of());
        } catch (IOException | MalformedModelException e) {
            model.close();
            throw new IllegalStateException("the operation library does not load: " + e.getMessage(), e);
        }
        return new Operations(model);
    }

    /**
     * Runs an operation.
     *
     * @param operation name of a method of the library
     * @param arguments in the order of the declaration; at least one tensor first
     * @return its results, attached to the arguments' manager
     */
    public NDList call(String operation, Arguments arguments) {
        NDManager manager = arguments.manager();
        NDList list = new NDList(arguments.list());
        list.add(named(manager, "module_method:" + operation));
        // Both are properties of the thread. The library takes gradients by itself, which only this mode allows. The
        // optimising executor profiles and recompiles for every new shape; on these coarse operations it only costs.
        JniUtils.setGradMode(true);
        JniUtils.setGraphExecutorOptimize(false);
        NDList results = IValueUtils.forward(block, list, true);
        results.attach(manager);
        return results;
    }

    /**
     * Adds {@code X^T X} to moments, as {@link io.bantam.compression.ptq.InputStatistics.Products} asks for.
     *
     * @param x float32 {@code [rows, features]}
     * @param moments float64 {@code [features, features]}
     */
    public void addMoments(NDArray x, NDArray moments) {
        try (NDManager scope = x.getManager().newSubManager()) {
            call("add_moments", new Arguments(scope).tensor("x", x).tensor("moments", moments));
        }
    }

    private static NDArray named(NDManager manager, String name) {
        NDArray marker = manager.create(0f);
        marker.setName(name);
        return marker;
    }

    @Override
    public void close() {
        model.close();
    }

    /** The source for a device; its products without gradient are oneDNN's if the engine has it. */
    static String source(Device device) {
        List<String> names = new ArrayList<>(SOURCES);
        names.add(!device.isGpu() && hasOneDnn() ? "onednn.py" : "plain.py");
        return source(names);
    }

    static boolean hasOneDnn() {
        return Engine.getEngine("PyTorch").hasCapability(ONEDNN);
    }

    static String source(List<String> names) {
        StringBuilder source = new StringBuilder();
        try {
            for (String name : names) {
                try (InputStream in = Operations.class.getResourceAsStream(name)) {
                    source.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
            return source.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
