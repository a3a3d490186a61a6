package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import io.bantam.trainer.recipe.key.Precision;
import java.util.Optional;

/**
 * How a model is trained: AdamW, with no weight decay on biases, layer normalisations and positions.
 *
 * @param steps optimizer steps
 * @param batchSize sequences a forward pass
 * @param accumulation forward passes an optimizer step
 * @param learningRate the highest learning rate, reached after the warm-up
 * @param schedule how the learning rate falls after the warm-up
 * @param warmupSteps steps in which the learning rate rises from 0
 * @param weightDecay AdamW's decoupled decay
 * @param gradientClip the greatest global gradient norm; 0 leaves gradients alone
 * @param evaluateEvery steps between two measurements of the validation loss
 * @param checkpointEvery steps between two checkpoints
 * @param earlyStop stop after so many measurements without a better validation loss; empty never stops early
 * @param precision the number format of matrix products; weights and the optimizer stay float32
 * @param gradientCheckpointing whether blocks are run again for the backward pass, to save memory
 */
public record Training(
        @Key(value = "Optimizer steps.", atLeast = 1, atMost = 100_000_000)
        int steps,

        @Key(value = "Sequences per forward pass.", standard = "16", atLeast = 1, atMost = 65_536)
        int batchSize,

        @Key(
                value = "Forward passes per optimizer step; a step sees batchSize times accumulation" + " sequences.",
                standard = "1",
                atLeast = 1,
                atMost = 65_536)
        int accumulation,

        @Key(
                value = "Highest learning rate of AdamW, reached after the warm-up.",
                standard = "5.0e-4",
                above = 0,
                atMost = 1)
        double learningRate,

        @Key(
                value = "The learning rate after the warm-up: linear and cosine fall to 0 at the last step;"
                        + " constant stays; stable-then-linear stays for four fifths of the steps, then falls"
                        + " to 0.",
                standard = "linear")
        LearningRateSchedule schedule,

        @Key(value = "Steps in which the learning rate rises from 0 to its highest.", standard = "0", atLeast = 0)
        int warmupSteps,

        @Key(
                value = "AdamW's weight decay; biases, layer normalisations and positions have none.",
                standard = "0.01",
                atLeast = 0,
                atMost = 1)
        double weightDecay,

        @Key(value = "Norm to which the whole gradient is clipped; 0 does not clip.", standard = "1.0", atLeast = 0)
        double gradientClip,

        @Key(value = "Optimizer steps between two measurements of the validation loss.", standard = "100", atLeast = 1)
        int evaluateEvery,

        @Key(
                value = "Optimizer steps between two checkpoints, from which --resume goes on.",
                standard = "100",
                atLeast = 1,
                result = false)
        int checkpointEvery,

        @Key(
                value = "Ends training after this many measurements without a better validation loss; null never does.",
                standard = "null",
                atLeast = 1)
        Optional<Integer> earlyStop,

        @Key(
                value = "Number format of matrix products; weights and optimizer stay in float32. bfloat16"
                        + " needs AMX or AVX-512 on a CPU to be faster.",
                standard = "float32")
        Precision precision,

        @Key(
                value = "Computes each block again in the backward pass instead of keeping its activations: a"
                        + " third slower, much less memory.",
                standard = "false",
                result = false)
        boolean gradientCheckpointing) {

    public Training {
        Limits.check(
                Training.class,
                steps,
                batchSize,
                accumulation,
                learningRate,
                schedule,
                warmupSteps,
                weightDecay,
                gradientClip,
                evaluateEvery,
                checkpointEvery,
                earlyStop,
                precision,
                gradientCheckpointing);
    }

    /** Sequences an optimizer step. */
    public long sequencesPerStep() {
        return (long) batchSize * accumulation;
    }
}
