package io.bantam.trainer.distill;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.bantam.compression.quantizer.ActivationQuantizer;
import io.bantam.compression.quantizer.StraightThroughEstimator;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.DecoderConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Quantization-aware training as the compression module defines it: array operations one by one, DJL's own gradients,
 * the {@link StraightThroughEstimator}. One row of tokens, the loss against the text.
 */
final class DefinitionGpt2 {
    private final DecoderConfig config;
    private final WeightQuantization weightQuantization;
    private final Map<String, ActivationQuantizer> inputs = new LinkedHashMap<>();
    private final StraightThroughEstimator estimator;
    private final Map<String, NDArray> masters = new LinkedHashMap<>();
    // As arrays that live until the backward pass: of a plain number DJL makes an array whose memory it gives back
    // while
    // the graph still points to it.
    private final NDArray headRoot;
    private final NDArray half;
    private final NDArray geluCube;
    private final NDArray geluRoot;

    DefinitionGpt2(
            NDManager manager,
            DecoderConfig config,
            Map<String, float[]> weights,
            WeightQuantization weightQuantization,
            Supplier<ActivationQuantizer> inputQuantizer,
            StraightThroughEstimator estimator) {
        this.config = config;
        this.weightQuantization = weightQuantization;
        this.estimator = estimator;
        headRoot = manager.create((float) Math.sqrt(config.headWidth()));
        half = manager.create(0.5f);
        geluCube = manager.create(0.044715f);
        geluRoot = manager.create((float) Math.sqrt(2 / Math.PI));
        config.shapes().forEach((name, shape) -> {
            long[] dimensions = shape.stream().mapToLong(Integer::longValue).toArray();
            NDArray master = manager.create(weights.get(name), new Shape(dimensions));
            master.setRequiresGradient(true);
            masters.put(name, master);
        });
        for (int layer = 0; layer < config.layers(); layer++) {
            DecoderConfig.linears(layer).forEach(linear -> inputs.put(linear, inputQuantizer.get()));
        }
    }

    /** Gradients of the masters, by name, of the mean cross-entropy over {@code ids} but the first. */
    Map<String, float[]> gradients(NDManager manager, int[] ids) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            collector.backward(loss(manager, ids));
            masters.forEach(
                    (name, master) -> gradients.put(name, master.getGradient().toFloatArray()));
        }
        return gradients;
    }

    private NDArray loss(NDManager manager, int[] ids) {
        int tokens = ids.length - 1;
        NDArray oneHot = oneHot(manager, ids, 0, tokens);
        NDArray embedding = weight("wte.weight");
        NDArray x = oneHot.matMul(embedding).add(weight("wpe.weight").get("0:" + tokens));
        NDArray mask = mask(manager, tokens);
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "h." + layer + ".";
            NDArray a = attention(linear(norm(x, block + "ln_1"), block + "attn.c_attn"), mask, tokens);
            x = x.add(linear(a, block + "attn.c_proj"));
            NDArray inner = gelu(linear(norm(x, block + "ln_2"), block + "mlp.c_fc"));
            x = x.add(linear(inner, block + "mlp.c_proj"));
        }
        NDArray logits = norm(x, "ln_f").matMul(embedding.transpose());
        return logits.logSoftmax(1).mul(oneHot(manager, ids, 1, tokens)).sum().div(manager.create(-(float) tokens));
    }

    private NDArray oneHot(NDManager manager, int[] ids, int from, int count) {
        float[] values = new float[count * config.vocabularySize()];
        for (int t = 0; t < count; t++) {
            values[t * config.vocabularySize() + ids[from + t]] = 1;
        }
        return manager.create(values, new Shape(count, config.vocabularySize()));
    }

    private static NDArray mask(NDManager manager, int tokens) {
        float[] mask = new float[tokens * tokens];
        for (int t = 0; t < tokens; t++) {
            for (int u = t + 1; u < tokens; u++) {
                mask[t * tokens + u] = -1e9f;
            }
        }
        return manager.create(mask, new Shape(tokens, tokens));
    }

    private NDArray weight(String name) {
        NDArray master = masters.get(name);
        return weightQuantization
                .of(name)
                .map(quantizer -> estimator.fakeQuantize(master, quantizer))
                .orElse(master);
    }

    private NDArray linear(NDArray x, String name) {
        NDArray input = estimator.fakeQuantize(x, inputs.get(name), true);
        return input.matMul(weight(name + ".weight").transpose()).add(masters.get(name + ".bias"));
    }

    private NDArray norm(NDArray x, String name) {
        NDArray centred = x.sub(x.mean(new int[] {1}, true));
        NDArray variance = centred.square().mean(new int[] {1}, true);
        return centred.div(variance.add(config.layerNormEpsilon()).sqrt())
                .mul(masters.get(name + ".weight"))
                .add(masters.get(name + ".bias"));
    }

    private NDArray attention(NDArray qkv, NDArray mask, int tokens) {
        NDList parts = qkv.split(new long[] {config.width(), 2L * config.width()}, 1);
        Shape heads = new Shape(tokens, config.heads(), config.headWidth());
        NDArray q = parts.get(0).reshape(heads).transpose(1, 0, 2);
        NDArray k = parts.get(1).reshape(heads).transpose(1, 2, 0);
        NDArray v = parts.get(2).reshape(heads).transpose(1, 0, 2);
        NDArray shares = q.matMul(k).div(headRoot).add(mask).softmax(2);
        return shares.matMul(v).transpose(1, 0, 2).reshape(tokens, config.width());
    }

    private NDArray gelu(NDArray x) {
        NDArray inner = x.add(x.mul(x).mul(x).mul(geluCube)).mul(geluRoot);
        return inner.tanh().add(1).mul(x).mul(half);
    }
}
