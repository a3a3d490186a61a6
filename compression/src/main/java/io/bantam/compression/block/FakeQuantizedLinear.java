package io.bantam.compression.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.quantizer.ActivationQuantizer;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.StraightThroughEstimator;
import java.util.Optional;

/**
 * {@code y = q(x) q(W)^T + b} with straight-through gradients to x, W and b (XTC, arXiv:2206.01859).
 *
 * @param weights quantizer of the weight, or none to keep it float
 * @param activations quantizer of the input, or none to keep it float
 * @param estimator where gradients pass
 */
public record FakeQuantizedLinear(
        Optional<Quantizer> weights, Optional<ActivationQuantizer> activations, StraightThroughEstimator estimator) {

    /**
     * Applies the layer.
     *
     * @param input float32 {@code [..., in]}
     * @param weight float32 {@code [out, in]}: a Conv1D weight must be transposed first, or its rows are not outputs
     * @param bias float32 {@code [out]}, or null
     * @param training whether static activation ranges may be updated
     * @return float32 {@code [..., out]} on the input's manager; the caller closes it
     */
    public NDArray forward(NDArray input, NDArray weight, NDArray bias, boolean training) {
        try (NDManager scope = input.getManager().newSubManager()) {
            scope.tempAttachAll(input, weight);
            NDArray x = activations
                    .map(quantizer -> estimator.fakeQuantize(input, quantizer, training))
                    .orElse(input);
            NDArray w = weights.map(quantizer -> estimator.fakeQuantize(weight, quantizer))
                    .orElse(weight);
            NDArray product = x.matMul(w.transpose());
            return scope.ret(bias == null ? product : product.add(bias));
        }
    }
}
