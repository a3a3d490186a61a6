package io.bantam.trainer.ptq;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;

/**
 * GPTQ (Frantar et al., arXiv:2210.17323): columns are quantized one after the other, and those that are left make up
 * for the error, by the inverse of the Hessian of the layer's squared output error, which is (but for a factor) the
 * matrix of second moments of its inputs.
 *
 * @param damping part of the mean of the Hessian's diagonal that is added to the diagonal
 * @param block columns that are updated at once
 * @param order in which columns are taken
 */
public record Gptq(
        @Key(
                value = "Damping: the part of the mean of the second moments' diagonal that is added to the"
                        + " diagonal, for a stable inverse.",
                standard = "0.01",
                above = 0,
                atMost = 1)
        double damping,

        @Key(
                value = "Columns after which the columns behind them are updated, in one product.",
                standard = "128",
                atLeast = 1)
        int block,

        @Key(
                value = "The order in which a weight's columns are quantized: columns, as they stand, or"
                        + " activations, those with the largest inputs first.",
                standard = "columns")
        Order order)
        implements PtqMethod.ByLayer {

    public Gptq {
        Limits.check(Gptq.class, damping, block, order);
    }

    /** The order in which GPTQ quantizes the columns of a weight. */
    public enum Order {
        /** The order of the matrix. */
        COLUMNS,
        /** Columns with the largest inputs first, by the Hessian's diagonal. */
        ACTIVATIONS
    }

    @Override
    public Name name() {
        return Name.GPTQ;
    }

    @Override
    public Scope scope() {
        return Scope.LAYER;
    }

    @Override
    public QuantizedLayer quantize(LayerWork work) {
        var result = new io.bantam.compression.ptq.Gptq(damping, block, order == Order.ACTIVATIONS)
                .quantize(work.weight(), work.quantizer(), work.inputs().products());
        if (result.deadColumns() > 0) {
            work.messages()
                    .accept("%s: %d of %d inputs were always 0; their columns are rounded to the nearest value"
                            .formatted(
                                    work.name(),
                                    result.deadColumns(),
                                    work.weight().columns()));
        }
        if (result.damping() > damping) {
            work.messages()
                    .accept("%s: the inputs' second moments needed a damping of %s"
                            .formatted(work.name(), result.damping()));
        }
        return new QuantizedLayer(
                result.matrix(), work.inputs().relativeOutputError(work.weight(), result.outputError()));
    }
}
