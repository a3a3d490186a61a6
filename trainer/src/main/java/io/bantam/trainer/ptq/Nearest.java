package io.bantam.trainer.ptq;

import java.util.List;

/** Rounding to the nearest point of the grid: the plain method that the others are measured against. */
public record Nearest() implements PtqMethod.ByLayer {
    @Override
    public Name name() {
        return Name.ROUND_TO_NEAREST;
    }

    @Override
    public Scope scope() {
        return Scope.WEIGHT;
    }

    @Override
    public List<Refusal> refusals(PtqDemands demands) {
        return List.of();
    }

    @Override
    public QuantizedLayer quantize(LayerWork work) {
        return work.measured(work.quantizer().quantize(work.weight()));
    }
}
