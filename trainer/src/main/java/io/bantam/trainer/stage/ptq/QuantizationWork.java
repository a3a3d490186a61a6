package io.bantam.trainer.stage.ptq;

import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.model.PartialWeights;
import io.bantam.trainer.stage.CodesFile;
import io.bantam.trainer.stage.Compute;
import io.bantam.trainer.stage.LazyTensors;
import io.bantam.trainer.stage.LazyWeights;
import io.bantam.trainer.stage.ModelState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model while its blocks are quantized one after the other: masters that may change, and the codes found so far. Of a
 * model whose weights stay in their files what is finished stays in the blocks' files, too.
 */
final class QuantizationWork {
    private final Compute compute;
    private final DecoderConfig config;
    private final WeightQuantization quantization;
    private final ModelState model;
    private final Map<String, float[]> changed = new HashMap<>();
    private final Map<String, QuantizedWeight> codes = new LinkedHashMap<>();
    private final List<CodesFile> files = new ArrayList<>();

    QuantizationWork(Compute compute, ModelState model, WeightQuantization quantization) {
        this.compute = compute;
        this.config = model.decoder();
        this.quantization = quantization;
        this.model = model;
    }

    DecoderConfig config() {
        return config;
    }

    Optional<Quantizer> quantizer(String name) {
        return quantization.of(name);
    }

    /** The float values of a tensor as they are now, null if the model has none; not to be changed. */
    float[] master(String name) {
        float[] own = replaced(name);
        return own == null ? model.weights().get(name) : own;
    }

    private float[] replaced(String name) {
        float[] own = changed.get(name);
        for (int i = 0; own == null && i < files.size(); i++) {
            own = files.get(i).floats().get(name);
        }
        return own;
    }

    private void forEachMasterPart(String name, PartialWeights.PartConsumer consumer) throws IOException {
        float[] own = replaced(name);
        if (own == null) {
            PartialWeights.forEachPart(model.weights(), name, consumer);
        } else {
            consumer.accept(0, own);
        }
    }

    private QuantizedWeight code(String name) {
        QuantizedWeight chosen = codes.get(name);
        for (int i = 0; chosen == null && i < files.size(); i++) {
            chosen = files.get(i).codes().get(name);
        }
        return chosen;
    }

    FloatMatrix matrix(String name) {
        List<Integer> shape = config.shapes().get(name);
        return new FloatMatrix(shape.get(0), shape.get(1), master(name));
    }

    void replace(String name, float[] values) {
        changed.put(name, values);
    }

    void choose(String name, QuantizedWeight weight) {
        codes.put(name, weight);
    }

    /** The token embedding as the quantized model looks it up, {@code [vocabulary, width]}. */
    float[] embedding() {
        if (quantization.of(DecoderConfig.EMBEDDING).isEmpty()) {
            return master(DecoderConfig.EMBEDDING);
        }
        float[] embedding = new float[config.vocabularySize() * config.width()];
        ModelState masters = new ModelState(
                config, masters(), quantization, Map.of(), ActivationQuantization.NONE, model.teacherLayers());
        masters.forEachQuantizedPart(
                DecoderConfig.EMBEDDING,
                (from, original, quantized) -> System.arraycopy(quantized, 0, embedding, from, quantized.length));
        return embedding;
    }

    private LazyWeights masters() {
        return new LazyWeights(model.weights().keySet(), model.isLarge(), this::master, this::forEachMasterPart);
    }

    /** A block with the codes found so far in place of its weights; the caller closes it. */
    DecoderBlock block(int layer) {
        return block(layer, Precision.FLOAT32);
    }

    /** A block with the codes found so far, its products in a given precision; the caller closes it. */
    DecoderBlock block(int layer, Precision precision) {
        LazyWeights values = new LazyWeights(
                Set.copyOf(DecoderBlock.names(config, layer)), model.isLarge(), this::value, this::forEachValuePart);
        return new DecoderBlock(compute.operations(), compute.manager(), config, layer, values, precision);
    }

    /** What a tensor is in a block: the values of its codes, if they have been found. */
    private float[] value(String name) {
        QuantizedWeight chosen = code(name);
        return chosen == null ? master(name) : chosen.dequantize();
    }

    private void forEachValuePart(String name, PartialWeights.PartConsumer consumer) throws IOException {
        QuantizedWeight chosen = code(name);
        if (chosen == null) {
            forEachMasterPart(name, consumer);
        } else {
            LazyWeights.forEachPart(chosen, consumer);
        }
    }

    /** Takes over a block that was finished before. */
    void take(CodesFile block) {
        codes.putAll(block.codes());
        changed.putAll(block.floats());
    }

    /** Lets go of what a block's file has, if the weights stay in files, too. */
    void written(int layer, Path file) throws IOException {
        if (model.isLazy()) {
            files.add(CodesFile.readLazily(file));
            for (String name : DecoderBlock.names(config, layer)) {
                codes.remove(name);
                changed.remove(name);
            }
        }
    }

    /**
     * A block's codes, and the masters that were changed.
     *
     * @param metrics what was found on the way
     * @param sums of the stage up to here
     */
    CodesFile finished(int layer, String fingerprint, Map<String, Double> metrics, Map<String, Double> sums) {
        Map<String, QuantizedWeight> chosen = new LinkedHashMap<>();
        Map<String, float[]> floats = new LinkedHashMap<>();
        for (String name : DecoderBlock.names(config, layer)) {
            if (changed.containsKey(name)) {
                floats.put(name, changed.get(name));
            }
            if (codes.containsKey(name)) {
                chosen.put(name, codes.get(name));
            }
        }
        return new CodesFile(fingerprint, metrics, sums, chosen, floats);
    }

    /** The model with all that was changed. */
    ModelState result() {
        LazyWeights masters = masters();
        if (!model.isLazy()) {
            return model.quantized(quantization, new LinkedHashMap<>(masters), codes);
        }
        Set<String> chosen = new LinkedHashSet<>(codes.keySet());
        files.forEach(file -> chosen.addAll(file.codes().keySet()));
        return model.quantized(quantization, masters, new LazyTensors<>(chosen, model.isLarge(), this::code));
    }
}
