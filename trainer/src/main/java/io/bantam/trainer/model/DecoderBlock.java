package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.OwnMemory;
import io.bantam.trainer.engine.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One block of a decoder that runs in parts, so that each of its linear layers can be looked at and replaced before the
 * next one runs. Owns its native memory: close it.
 */
public final class DecoderBlock implements AutoCloseable {
    private final Operations operations;
    private final NDManager manager;
    private final DecoderConfig config;
    private final int layer;
    private final Precision precision;
    /** In the operation library's places; without elements where the architecture has no tensor. */
    private final List<NDArray> arrays = new ArrayList<>();

    /** Where a block is stopped: before one of its linear layers, or at its end. */
    public enum Part {
        /** Before {@code attn.c_attn}. */
        ATTENTION,
        /** Before {@code attn.c_proj}. */
        ATTENTION_PROJECTION,
        /** Before {@code mlp.c_fc}; the stream is the one after the attention from here on, or, where
         * the two are parallel, still the one before the block. */
        FEED_FORWARD,
        /** Before {@code mlp.c_proj}; starts from the stream of the part before. */
        FEED_FORWARD_PROJECTION,
        /** After the block; starts from the same stream. */
        END
    }

    /**
     * Copies a block's tensors to a device.
     *
     * @param parent the new sub-manager's parent
     * @param weights row-major values by the model's names; {@link PartialWeights} in parts
     */
    public DecoderBlock(
            Operations operations,
            NDManager parent,
            DecoderConfig config,
            int layer,
            Map<String, float[]> weights,
            Precision precision) {
        this.operations = operations;
        this.manager = parent.newSubManager();
        this.config = config;
        this.layer = layer;
        this.precision = precision;
        Set<String> present = config.shapes().keySet();
        for (String name : OperationForm.blockPlaces(layer)) {
            arrays.add(present.contains(name) ? array(name, weights) : manager.create(new Shape(0)));
        }
    }

    /** The names of a block's tensors, in the order of the model. */
    public static List<String> names(DecoderConfig config, int layer) {
        Set<String> present = config.shapes().keySet();
        return OperationForm.blockPlaces(layer).stream()
                .filter(present::contains)
                .toList();
    }

    /** The names of this block's tensors. */
    public List<String> names() {
        return names(config, layer);
    }

    private NDArray array(String name, Map<String, float[]> weights) {
        return NamedArrays.copy(manager, config, weights, name);
    }

    /** Gives a tensor other values. */
    public void set(String name, float[] values) {
        OwnMemory.set(arrays.get(OperationForm.blockPlaces(layer).indexOf(name)), values);
    }

    /**
     * Runs one part.
     *
     * @param scope owner of the results
     * @param stream residual stream {@code [batch, tokens, width]} where the part starts
     */
    public Step run(NDManager scope, Part part, NDArray stream) {
        return run(scope, part, stream, scope.create(new Shape(0)));
    }

    /**
     * Runs a part whose linear layer's inputs are not known yet.
     *
     * @param known for {@link Part#FEED_FORWARD} the input that {@link Part#ATTENTION_PROJECTION} gave for the same
     *     stream, for {@link Part#END} that of {@link Part#FEED_FORWARD_PROJECTION}; not for other parts
     */
    public Step run(NDManager scope, Part part, NDArray stream, NDArray known) {
        NDList results = operations.call(
                "block_part",
                OperationForm.add(
                                new Arguments(scope)
                                        .tensor("x", stream)
                                        .tensor("known", known)
                                        .tensors("p", arrays),
                                config)
                        .integers("shape", precision.scalarType(), part.ordinal()));
        return new Step(results.get(0), results.get(1));
    }

    /**
     * Compares the block's output with the one that is wanted.
     *
     * @param scope owner of the results
     * @param stream residual stream {@code [batch, tokens, width]} before the block
     * @param wanted the stream after it
     */
    public Comparison compare(NDManager scope, NDArray stream, NDArray wanted) {
        NDList results = operations.call("block_gradients", comparison(scope, stream, wanted));
        return new Comparison(results.get(0).getFloat(), results.subNDList(1));
    }

    /** The error of {@link #compare} alone, in a third of the time. */
    public double error(NDManager scope, NDArray stream, NDArray wanted) {
        return operations
                .call("block_error", comparison(scope, stream, wanted))
                .get(0)
                .getFloat();
    }

    private Arguments comparison(NDManager scope, NDArray stream, NDArray wanted) {
        Arguments arguments = new Arguments(scope)
                .tensor("x", stream)
                .tensor("target", wanted)
                .tensors("p", arrays);
        boolean explicit =
                Decoder.isExplicit(manager, precision, stream.getShape().get(1));
        return OperationForm.add(arguments, config).integers("shape", precision.scalarType(), explicit ? 1 : 0);
    }

    /**
     * How far a block's output is from the one that is wanted.
     *
     * @param error mean squared difference
     * @param gradients of it with respect to the block's tensors, in the order of {@link #names()}
     */
    public record Comparison(double error, List<NDArray> gradients) {}

    /**
     * Where a block was stopped.
     *
     * @param stream the residual stream {@code [batch, tokens, width]}
     * @param input of the linear layer that comes next, {@code [batch, tokens, features]}
     */
    public record Step(NDArray stream, NDArray input) {}

    @Override
    public void close() {
        manager.close();
    }
}
