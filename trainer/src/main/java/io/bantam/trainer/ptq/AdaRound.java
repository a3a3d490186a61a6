package io.bantam.trainer.ptq;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;

/**
 * AdaRound (Nagel et al., arXiv:2004.10568): each layer learns which of its weights to round up and which down, so that
 * its output changes least.
 *
 * @param steps of each layer
 * @param learningRate of Adam
 */
public record AdaRound(
        @Key(value = "Optimizer steps for each layer.", standard = "1000", atLeast = 1)
        int steps,

        @Key(value = "Learning rate of Adam for the rounding variables.", standard = "0.01", above = 0)
        double learningRate)
        implements PtqMethod.ByLayer {

    public AdaRound {
        Limits.check(AdaRound.class, steps, learningRate);
    }

    @Override
    public Name name() {
        return Name.ADA_ROUND;
    }

    @Override
    public Scope scope() {
        return Scope.LAYER;
    }

    @Override
    public AdaRound part(double part) {
        return new AdaRound((int) Math.ceil(steps * part), learningRate);
    }

    @Override
    public QuantizedLayer quantize(LayerWork work) {
        return work.measured(new io.bantam.compression.ptq.AdaRound(steps, learningRate)
                .quantize(
                        work.manager(),
                        work.weight(),
                        work.quantizer(),
                        work.inputs().moments()));
    }
}
