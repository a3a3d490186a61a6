package io.bantam.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.model.Gpt2Parameters;
import java.util.List;
import java.util.Map;

/** Changes a model's parameters in place by their gradients. Owns its state: close it. */
public sealed interface Optimizer extends AutoCloseable permits AdamW, Muon {

    /** The rules there are. */
    enum Kind {
        ADAMW,
        MUON
    }

    /**
     * Makes an optimizer.
     *
     * @param weightDecay decoupled decay of matrices; norms and biases do not decay
     * @param largestNorm gradients are scaled down to this global norm; 0 leaves them
     */
    static Optimizer of(
            Kind kind, Operations operations, Gpt2Parameters parameters, double weightDecay, double largestNorm) {
        return switch (kind) {
            case ADAMW -> new AdamW(operations, parameters, weightDecay, largestNorm);
            case MUON -> new Muon(operations, parameters, weightDecay, largestNorm);
        };
    }

    /**
     * Updates the parameters in place. Where the norm is not finite nothing changes.
     *
     * @param gradients in the order of the parameters; scaled in place when clipped
     * @return the global gradient norm before clipping
     */
    double update(NDManager scope, List<NDArray> gradients, double learningRate);

    /** Everything that a resumed training needs, by names that no two optimizers share; for checkpoints. */
    Map<String, NDArray> state();

    @Override
    void close();

    /** Scales gradients in place to a global norm of at most {@code largest} (0: leaves them); returns the norm before. */
    static NDArray clip(Operations operations, NDManager scope, List<NDArray> gradients, double largest) {
        return operations
                .call("clip", new Arguments(scope).tensors("g", gradients).numbers("largest", largest))
                .singletonOrThrow();
    }
}
