package io.bantam.compression.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.StraightThroughEstimator;
import java.util.Optional;

/**
 * An embedding table that is quantized once and serves both the lookup and, tied, the vocabulary product.
 *
 * <p>Neither the looked-up vectors nor the input of the vocabulary product are quantized.
 *
 * @param weights quantizer of the table, usually with one scale a row (a token), or none to keep it float
 * @param estimator where gradients pass
 */
public record FakeQuantizedEmbedding(Optional<Quantizer> weights, StraightThroughEstimator estimator) {

    /**
     * The table as both uses see it.
     *
     * @param table float32 {@code [vocabulary, hidden]}
     * @return float32 of the same shape, on the table's manager; the caller closes it
     */
    public NDArray quantizedTable(NDArray table) {
        return weights.map(quantizer -> estimator.fakeQuantize(table, quantizer))
                .orElseGet(() -> table.mul(1));
    }

    /**
     * Looks tokens up.
     *
     * @param ids int64 {@code [...]}
     * @param quantizedTable what {@link #quantizedTable} returned
     * @return float32 {@code [..., hidden]} on the ids' manager; the caller closes it
     */
    public static NDArray lookup(NDArray ids, NDArray quantizedTable) {
        try (NDManager scope = ids.getManager().newSubManager()) {
            scope.tempAttachAll(ids, quantizedTable);
            NDArray rows = quantizedTable.get(ids.flatten());
            return scope.ret(
                    rows.reshape(ids.getShape().add(quantizedTable.getShape().get(1))));
        }
    }

    /**
     * The tied output layer: {@code hidden * table^T}.
     *
     * @param hidden float32 {@code [..., hidden]}
     * @param quantizedTable what {@link #quantizedTable} returned
     * @return float32 {@code [..., vocabulary]} on the hidden array's manager; the caller closes it
     */
    public static NDArray logits(NDArray hidden, NDArray quantizedTable) {
        try (NDManager scope = hidden.getManager().newSubManager()) {
            scope.tempAttachAll(hidden, quantizedTable);
            return scope.ret(hidden.matMul(quantizedTable.transpose()));
        }
    }
}
