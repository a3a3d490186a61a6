package io.bantam.trainer.ptq;

import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import io.bantam.trainer.recipe.key.Precision;
import java.io.IOException;
import java.util.List;

/**
 * AutoRound (Cheng et al., arXiv:2309.05516): the linear weights of each block learn rounding and ranges by signed
 * gradient descent. {@link BlockRounding} does it.
 *
 * @param steps of each block
 * @param batchSize calibration sequences a step
 * @param precision of the products that give the gradients; the error is always measured in float32
 */
public record AutoRound(
        @Key(value = "Optimizer steps for each block.", standard = "200", atLeast = 1)
        int steps,

        @Key(value = "Calibration sequences in each step.", standard = "8", atLeast = 1)
        int batchSize,

        @Key(
                value = "Number format of the matrix products behind the gradients; the error is always"
                        + " measured in float32.",
                standard = "float32")
        Precision precision)
        implements PtqMethod.ByBlock {

    public AutoRound {
        Limits.check(AutoRound.class, steps, batchSize, precision);
    }

    @Override
    public Name name() {
        return Name.AUTO_ROUND;
    }

    @Override
    public List<Refusal> applies(ModelFacts model) {
        return Refusal.ofEncoder(this, model);
    }

    @Override
    public List<Refusal> refusals(PtqDemands demands) {
        List<Refusal> refusals = PtqMethod.ByBlock.super.refusals(demands);
        Refusal.addRangeless(this, demands, refusals);
        Refusal.addBatch("autoRound", batchSize, demands, refusals);
        return refusals;
    }

    @Override
    public AutoRound part(double part) {
        return new AutoRound((int) Math.ceil(steps * part), batchSize, precision);
    }

    @Override
    public double quantize(BlockWork work) throws IOException {
        return new BlockRounding(this, work).run();
    }
}
