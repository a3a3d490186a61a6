package io.bantam.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Gpt2Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Muon (Jordan and others, "Muon: An optimizer for hidden layers in neural networks", 2024): every weight matrix of the
 * blocks moves by its momentum with all singular values brought near 1, by five Newton-Schulz steps
 * {@code X <- 3.4445 X + (-4.7750 A + 2.0315 A A) X, A = X X'}. Query, key and value weights, which GPT-2 keeps in one
 * array, are three matrices. Everything else (embeddings, norms, biases) is left to {@link AdamW}.
 *
 * <p>The update is scaled by {@code 0.2 sqrt(max(rows, columns))} (Liu and others, "Muon is scalable for LLM training",
 * arXiv:2502.16982), which gives it the size of an AdamW update: learning rates and decays for AdamW serve here too.
 */
public final class Muon implements Optimizer {
    private static final double MOMENTUM = 0.95;

    private final Operations operations;
    private final NDManager manager;
    private final double weightDecay;
    private final double largestNorm;
    private final List<String> names;
    private final int[] indices;
    private final long[] parts;
    private final List<NDArray> parameters;
    private final List<NDArray> momentum;
    private final AdamW others;
    private final Precision precision;

    /** @param largestNorm gradients are scaled down to this global norm; 0 leaves them */
    public Muon(Operations operations, Gpt2Parameters all, double weightDecay, double largestNorm) {
        this(operations, all, weightDecay, largestNorm, Precision.BFLOAT16);
    }

    /** @param precision of the Newton-Schulz products */
    Muon(Operations operations, Gpt2Parameters all, double weightDecay, double largestNorm, Precision precision) {
        this.operations = operations;
        this.manager = all.manager().newSubManager();
        this.weightDecay = weightDecay;
        this.largestNorm = largestNorm;
        this.precision = precision;
        List<String> everyName = List.copyOf(all.names());
        this.indices = IntStream.range(0, everyName.size())
                .filter(i -> isHidden(everyName.get(i)))
                .toArray();
        this.names = IntStream.of(indices).mapToObj(everyName::get).toList();
        this.parts = names.stream()
                .mapToLong(name -> name.endsWith("attn.c_attn.weight") ? 3 : 1)
                .toArray();
        this.parameters = names.stream().map(all::get).toList();
        this.momentum = parameters.stream()
                .map(array -> manager.zeros(array.getShape()))
                .toList();
        this.others = new AdamW(operations, all, weightDecay, largestNorm, name -> !isHidden(name));
    }

    /** Whether a parameter is a weight matrix of a block. */
    private static boolean isHidden(String name) {
        return name.endsWith(".c_attn.weight") || name.endsWith(".c_proj.weight") || name.endsWith(".c_fc.weight");
    }

    @Override
    public double update(NDManager scope, List<NDArray> gradients, double learningRate) {
        NDArray norm = Optimizer.clip(operations, scope, gradients, largestNorm);
        operations.call(
                "muon",
                new Arguments(scope)
                        .tensor("norm", norm)
                        .tensors("p", parameters)
                        .tensors(
                                "g",
                                IntStream.of(indices).mapToObj(gradients::get).toList())
                        .tensors("m", momentum)
                        .integers("parts", parts)
                        .numbers("numbers", learningRate, MOMENTUM, weightDecay)
                        .integers("dtype", precision.scalarType()));
        others.update(scope, norm, gradients, learningRate);
        return norm.getFloat();
    }

    /** The momentum of each matrix, and AdamW's state of the rest. */
    @Override
    public Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>(others.state());
        for (int i = 0; i < names.size(); i++) {
            state.put("muon.momentum." + names.get(i), momentum.get(i));
        }
        return state;
    }

    @Override
    public void close() {
        others.close();
        manager.close();
    }
}
