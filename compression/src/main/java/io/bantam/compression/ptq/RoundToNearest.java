package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The simplest post-training quantization: every weight becomes the nearest value of its group's grid.
 *
 * <p>Deterministic. Needs no data; choose {@link io.bantam.compression.range.RangeSearch#MSE} in the quantizers to clip
 * each group where its squared error is least.
 */
public final class RoundToNearest {
    private RoundToNearest() {}

    /**
     * Quantizes the named weights.
     *
     * @param weights the model's matrices by name, {@code [out, in]}; may hold more than is quantized
     * @param quantization which are quantized, and how
     * @return the quantized ones by name, in the quantization's order
     * @throws IllegalArgumentException naming the tensor, if it is missing, not finite, or its columns do not fit its
     *     groups
     */
    public static Map<String, QuantizedMatrix> quantize(
            Map<String, FloatMatrix> weights, WeightQuantization quantization) {
        Map<String, QuantizedMatrix> quantized = new LinkedHashMap<>();
        quantization.quantizers().forEach((name, quantizer) -> {
            FloatMatrix weight = weights.get(name);
            if (weight == null) {
                throw new IllegalArgumentException(name + ": the model has no such weight to quantize");
            }
            quantized.put(name, quantize(name, weight, quantizer));
        });
        return quantized;
    }

    private static QuantizedMatrix quantize(String name, FloatMatrix weight, Quantizer quantizer) {
        try {
            return quantizer.quantize(weight);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }
}
