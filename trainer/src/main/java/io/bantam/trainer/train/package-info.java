/**
 * The training loop: {@link io.bantam.trainer.train.TrainingLoop} takes steps, validates, keeps checkpoints
 * ({@link io.bantam.trainer.train.Checkpoints}) and reports progress and metrics.
 *
 * <p>May depend on {@code model}, {@code engine}, {@code distill} and {@code io.bantam.runtime.format}; knows no
 * recipe, stage or command line.
 */
package io.bantam.trainer.train;
