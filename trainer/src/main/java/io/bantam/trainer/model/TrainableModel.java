package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import java.io.IOException;
import java.util.Map;

/**
 * A model as the stages see it: weights, running ranges of static input quantization, and passes with fake
 * quantization. What a row of ids means is the model's own affair: text for a {@link Decoder}, see {@link EncoderModel}
 * for the others.
 */
public interface TrainableModel extends AutoCloseable {
    /** The weights. */
    Parameters parameters();

    /** The shape of the model. */
    ModelConfig config();

    /** The library that runs the model. */
    Operations operations();

    /** The number format of products. */
    Precision precision();

    /**
     * Running [minimum, maximum] of the input of every linear layer of the blocks, in the order of the model; NaN where
     * never seen.
     */
    NDArray ranges();

    /**
     * Fixes the ranges of static input quantization.
     *
     * @param fixed by the names of {@link ModelConfig#activationNames}; those that are missing stay as they are
     */
    void fix(Map<String, ActivationQuantization.Range> fixed);

    /**
     * Sums for loss and accuracy over rows.
     *
     * @param ids {@code batch} rows, one after the other
     * @param ignored token ids that the accuracy of a decoder leaves out
     */
    Decoder.Sums evaluate(int[] ids, int batch, FakeQuantization quantization, int... ignored);

    /**
     * Shows the activations of {@link ModelConfig#activationNames}, before their own quantization.
     *
     * @param ids {@code batch} rows of equal length
     * @param observer takes a name and {@code [batch, tokens, features]}
     */
    void observeActivations(int[] ids, int batch, FakeQuantization quantization, Decoder.InputObserver observer);

    /** Runs the model and hands on the inputs of its linear layers alone. */
    default void observeInputs(int[] ids, int batch, FakeQuantization quantization, Decoder.InputObserver observer) {
        observeActivations(ids, batch, quantization, (activation, input) -> {
            if (!DecoderConfig.isSum(activation)) {
                observer.observe(activation, input);
            }
        });
    }

    /**
     * Shows the residual stream after the embedding and after every block.
     *
     * @param ids {@code batch} rows of equal length
     * @param observer takes the number of blocks passed and {@code [batch, tokens, width]}
     */
    void observeStreams(int[] ids, int batch, FakeQuantization quantization, Decoder.StreamObserver observer)
            throws IOException;

    @Override
    void close();
}
