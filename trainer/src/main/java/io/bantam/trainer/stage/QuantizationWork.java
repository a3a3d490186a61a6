package io.bantam.trainer.stage;

import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.DecoderBlock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model while its blocks are quantized one after the other: masters that may change, and the codes found so far. */
final class QuantizationWork {
    private final RunContext context;
    private final DecoderConfig config;
    private final WeightQuantization quantization;
    private final Map<String, float[]> masters;
    private final Map<String, QuantizedWeight> codes = new LinkedHashMap<>();

    QuantizationWork(RunContext context, StudentModel model, WeightQuantization quantization) {
        this.context = context;
        this.config = model.decoder();
        this.quantization = quantization;
        this.masters = new LinkedHashMap<>(model.weights());
    }

    DecoderConfig config() {
        return config;
    }

    Optional<Quantizer> quantizer(String name) {
        return quantization.of(name);
    }

    /** The float values of a tensor as they are now, null if the model has none; not to be changed. */
    float[] master(String name) {
        return masters.get(name);
    }

    FloatMatrix matrix(String name) {
        List<Integer> shape = config.shapes().get(name);
        return new FloatMatrix(shape.get(0), shape.get(1), masters.get(name));
    }

    void replace(String name, float[] values) {
        masters.put(name, values);
    }

    void choose(String name, QuantizedWeight weight) {
        codes.put(name, weight);
    }

    /** The token embedding as the quantized model looks it up. */
    float[] embedding() {
        return quantization
                .of(DecoderConfig.EMBEDDING)
                .map(quantizer ->
                        quantizer.quantize(matrix(DecoderConfig.EMBEDDING)).dequantize())
                .orElse(masters.get(DecoderConfig.EMBEDDING));
    }

    /** A block with the codes found so far in place of its weights; the caller closes it. */
    DecoderBlock block(int layer) {
        return block(layer, Precision.FLOAT32);
    }

    /** The same, its products in another precision. */
    DecoderBlock block(int layer, Precision precision) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (String name : DecoderBlock.names(config, layer)) {
            QuantizedWeight chosen = codes.get(name);
            values.put(name, chosen == null ? masters.get(name) : chosen.dequantize());
        }
        return new DecoderBlock(context.operations(), context.manager(), config, layer, values, precision);
    }

    /** Takes over a block that was finished before. */
    void take(CodesFile block) {
        codes.putAll(block.codes());
        masters.putAll(block.floats());
    }

    /** A block's masters and codes. */
    CodesFile finished(int layer, String fingerprint) {
        Map<String, QuantizedWeight> chosen = new LinkedHashMap<>();
        Map<String, float[]> floats = new LinkedHashMap<>();
        for (String name : DecoderBlock.names(config, layer)) {
            floats.put(name, masters.get(name));
            if (codes.containsKey(name)) {
                chosen.put(name, codes.get(name));
            }
        }
        return new CodesFile(fingerprint, chosen, floats);
    }

    /** The model with all that was changed. */
    StudentModel of(StudentModel model) {
        return model.quantized(quantization, masters, codes);
    }
}
