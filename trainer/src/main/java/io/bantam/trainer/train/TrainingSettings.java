package io.bantam.trainer.train;

import java.util.OptionalInt;

/**
 * How long and how a model is trained.
 *
 * @param batch rows a micro-batch
 * @param accumulation micro-batches an optimizer step
 * @param rate learning rate by step; also says how many steps there are
 * @param weightDecay AdamW's decay of matrices
 * @param largestNorm gradients are clipped to this global norm; 0 leaves them
 * @param evaluateEvery steps between two validation losses
 * @param checkpointEvery steps between two checkpoints
 * @param patience stop after so many validation losses without a better one
 */
public record TrainingSettings(
        int batch,
        int accumulation,
        LearningRate rate,
        double weightDecay,
        double largestNorm,
        int evaluateEvery,
        int checkpointEvery,
        OptionalInt patience) {}
