package io.bantam.trainer.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.ModelConfig;
import java.util.function.Consumer;

/**
 * One linear layer to quantize.
 *
 * @param config of the model
 * @param name of the weight
 * @param weight float32 {@code [outputs, inputs]}
 * @param quantizer that gives its grid
 * @param inputs of the layer on the calibration text; the method does not close them
 * @param manager owner of what the method computes with
 * @param messages hears what the user should know
 */
public record LayerWork(
        ModelConfig config,
        String name,
        FloatMatrix weight,
        Quantizer quantizer,
        InputStatistics inputs,
        NDManager manager,
        Consumer<String> messages) {
    /**
     * Has a method choose the codes.
     *
     * @throws IllegalArgumentException naming the weight, if it cannot be quantized so
     */
    public PtqMethod.QuantizedLayer quantizedBy(PtqMethod.ByLayer method) {
        try {
            return method.quantize(this);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /** Returns codes with the error that they leave in the layer's output. */
    PtqMethod.QuantizedLayer measured(QuantizedMatrix codes) {
        return new PtqMethod.QuantizedLayer(codes, inputs.relativeOutputError(weight, codes.dequantize()));
    }
}
