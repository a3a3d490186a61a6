package io.bantam.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.model.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * AdamW (Loshchilov and Hutter, arXiv:1711.05101) with the global gradient norm clipped first, all arrays in one call.
 * Matrices decay; norms and biases do not. Owns the moments: close it.
 */
public final class AdamW implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.98;
    private static final double EPSILON = 1e-8;

    private final Operations operations;
    private final Parameters parameters;
    private final NDManager manager;
    private final List<NDArray> first = new ArrayList<>();
    private final List<NDArray> second = new ArrayList<>();
    private final List<NDArray> steps = new ArrayList<>();
    private final boolean[] decays;
    private final double weightDecay;
    private final double largestNorm;

    /** @param largestNorm gradients are scaled down to this global norm; 0 leaves them */
    public AdamW(Operations operations, Parameters parameters, double weightDecay, double largestNorm) {
        this.operations = operations;
        this.parameters = parameters;
        this.manager = parameters.manager().newSubManager();
        this.weightDecay = weightDecay;
        this.largestNorm = largestNorm;
        for (NDArray array : parameters.arrays()) {
            first.add(manager.zeros(array.getShape()));
            second.add(manager.zeros(array.getShape()));
            steps.add(manager.zeros(new Shape()));
        }
        decays = new boolean[first.size()];
        for (int i = 0; i < decays.length; i++) {
            decays[i] = first.get(i).getShape().dimension() > 1;
        }
    }

    /**
     * Updates the parameters in place. Where the norm is not finite nothing changes.
     *
     * @param gradients in the order of the parameters; scaled in place when clipped
     * @return the global gradient norm before clipping
     */
    public double update(NDManager scope, List<NDArray> gradients, double learningRate) {
        NDArray norm = operations
                .call("clip", new Arguments(scope).tensors("g", gradients).numbers("largest", largestNorm))
                .singletonOrThrow();
        update(scope, norm, gradients, learningRate, weightDecay, true);
        update(scope, norm, gradients, learningRate, 0, false);
        return norm.getFloat();
    }

    private void update(
            NDManager scope,
            NDArray norm,
            List<NDArray> gradients,
            double learningRate,
            double decay,
            boolean decaying) {
        operations.call(
                "adamw",
                new Arguments(scope)
                        .tensor("norm", norm)
                        .tensors("p", chosen(List.copyOf(parameters.arrays()), decaying))
                        .tensors("g", chosen(gradients, decaying))
                        .tensors("m", chosen(first, decaying))
                        .tensors("v", chosen(second, decaying))
                        .tensors("n", chosen(steps, decaying))
                        .numbers("numbers", learningRate, BETA1, BETA2, EPSILON, decay));
    }

    private List<NDArray> chosen(List<NDArray> arrays, boolean decaying) {
        return IntStream.range(0, decays.length)
                .filter(i -> decays[i] == decaying)
                .mapToObj(arrays::get)
                .toList();
    }

    /** First and second moments and the step counts, in the order of the parameters; for checkpoints. */
    public List<List<NDArray>> state() {
        return List.of(first, second, steps);
    }

    @Override
    public void close() {
        manager.close();
    }
}
