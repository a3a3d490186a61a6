package io.bantam.trainer.recipe;

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

        @Key(value = "Sequences a forward pass.", standard = "16", atLeast = 1, atMost = 65_536)
        int batchSize,

        @Key(value = "Forward passes an optimizer step.", standard = "1", atLeast = 1, atMost = 65_536)
        int accumulation,

        @Key(value = "Highest learning rate.", standard = "5.0e-4", above = 0, atMost = 1)
        double learningRate,

        @Key(value = "How the learning rate falls after the warm-up.", standard = "linear")
        LearningRateSchedule schedule,

        @Key(value = "Steps in which the learning rate rises from 0.", standard = "0", atLeast = 0)
        int warmupSteps,

        @Key(value = "AdamW's weight decay.", standard = "0.01", atLeast = 0, atMost = 1)
        double weightDecay,

        @Key(value = "Greatest global gradient norm; 0 does not clip.", standard = "1.0", atLeast = 0)
        double gradientClip,

        @Key(value = "Steps between two measurements of the validation loss.", standard = "100", atLeast = 1)
        int evaluateEvery,

        @Key(value = "Steps between two checkpoints.", standard = "100", atLeast = 1, result = false)
        int checkpointEvery,

        @Key(
                value = "Stop after so many measurements without a better validation loss; null never does.",
                standard = "null",
                atLeast = 1)
        Optional<Integer> earlyStop,

        @Key(value = "Number format of matrix products.", standard = "float32")
        Precision precision,

        @Key(
                value = "Run each block again for the backward pass: a third slower, in much less memory.",
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
