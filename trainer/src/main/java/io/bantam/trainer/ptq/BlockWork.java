package io.bantam.trainer.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.DecoderBlock;
import java.util.Optional;

/** One block of a decoder to quantize: its tensors, its inputs and the outputs that are wanted of it. */
public interface BlockWork {
    /** Owner of what the method computes with. */
    NDManager manager();

    /** Shape of the model. */
    DecoderConfig config();

    /** Number of the block, from 0. */
    int layer();

    /** Seed of the method's random choices. */
    int seed();

    /** Residual streams before the block, in the quantized model. */
    StreamFile streams();

    /** Residual streams after the block, in the float model. */
    StreamFile wanted();

    /**
     * The block with the codes found so far in place of its weights, its products in a precision; the caller closes it.
     */
    DecoderBlock block(Precision precision);

    /** How a weight is to be quantized; empty if it stays as it is. */
    Optional<Quantizer> quantizer(String name);

    /** The float values of a weight, {@code [outputs, inputs]}. */
    FloatMatrix matrix(String name);

    /** The float values of any tensor. */
    float[] master(String name);

    /** Takes the codes of a weight. */
    void choose(String name, QuantizedWeight codes);

    /** Takes other float values of a tensor. */
    void replace(String name, float[] values);

    /** Takes the part of a layer's output's power that is error, for the stage's record. */
    void outputError(String name, double part);

    /** Statistics of a layer's inputs: their products only; the caller closes them. */
    InputStatistics inputStatistics(int features);
}
