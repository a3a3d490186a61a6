package io.bantam.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.model.Gpt2Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * AdamW (Loshchilov and Hutter, arXiv:1711.05101) with the global gradient norm clipped first, all arrays in one call.
 * Matrices decay; norms and biases do not.
 */
public final class AdamW implements Optimizer {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.98;
    private static final double EPSILON = 1e-8;

    private final Operations operations;
    private final NDManager manager;
    private final List<Group> groups;
    private final double largestNorm;

    /** Parameters that decay alike. */
    private record Group(
            int[] indices,
            double weightDecay,
            List<String> names,
            List<NDArray> parameters,
            List<NDArray> first,
            List<NDArray> second,
            List<NDArray> steps) {}

    /** @param largestNorm gradients are scaled down to this global norm; 0 leaves them */
    public AdamW(Operations operations, Gpt2Parameters parameters, double weightDecay, double largestNorm) {
        this(operations, parameters, weightDecay, largestNorm, name -> true);
    }

    /** @param chosen which parameters are updated, by name */
    AdamW(
            Operations operations,
            Gpt2Parameters parameters,
            double weightDecay,
            double largestNorm,
            Predicate<String> chosen) {
        this.operations = operations;
        this.manager = parameters.manager().newSubManager();
        this.largestNorm = largestNorm;
        this.groups = List.of(
                group(parameters, weightDecay, chosen.and(name -> isMatrix(parameters, name))),
                group(parameters, 0, chosen.and(name -> !isMatrix(parameters, name))));
    }

    private static boolean isMatrix(Gpt2Parameters parameters, String name) {
        return parameters.get(name).getShape().dimension() > 1;
    }

    private Group group(Gpt2Parameters parameters, double weightDecay, Predicate<String> chosen) {
        List<String> all = List.copyOf(parameters.names());
        int[] indices = IntStream.range(0, all.size())
                .filter(i -> chosen.test(all.get(i)))
                .toArray();
        List<String> names = IntStream.of(indices).mapToObj(all::get).toList();
        List<NDArray> arrays = names.stream().map(parameters::get).toList();
        return new Group(
                indices,
                weightDecay,
                names,
                arrays,
                arrays.stream().map(array -> manager.zeros(array.getShape())).toList(),
                arrays.stream().map(array -> manager.zeros(array.getShape())).toList(),
                arrays.stream().map(array -> manager.zeros(new Shape())).toList());
    }

    @Override
    public double update(NDManager scope, List<NDArray> gradients, double learningRate) {
        NDArray norm = Optimizer.clip(operations, scope, gradients, largestNorm);
        update(scope, norm, gradients, learningRate);
        return norm.getFloat();
    }

    /** Without clipping: {@code norm} only says whether the gradients are finite. */
    void update(NDManager scope, NDArray norm, List<NDArray> gradients, double learningRate) {
        for (Group group : groups) {
            operations.call(
                    "adamw",
                    new Arguments(scope)
                            .tensor("norm", norm)
                            .tensors("p", group.parameters())
                            .tensors(
                                    "g",
                                    IntStream.of(group.indices())
                                            .mapToObj(gradients::get)
                                            .toList())
                            .tensors("m", group.first())
                            .tensors("v", group.second())
                            .tensors("n", group.steps())
                            .numbers("numbers", learningRate, BETA1, BETA2, EPSILON, group.weightDecay()));
        }
    }

    /** First and second moments and the step count of each parameter. */
    @Override
    public Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>();
        for (Group group : groups) {
            for (int i = 0; i < group.names().size(); i++) {
                String name = group.names().get(i);
                state.put("adamw.first." + name, group.first().get(i));
                state.put("adamw.second." + name, group.second().get(i));
                state.put("adamw.steps." + name, group.steps().get(i));
            }
        }
        return state;
    }

    @Override
    public void close() {
        manager.close();
    }
}
