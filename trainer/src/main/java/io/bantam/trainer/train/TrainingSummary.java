package io.bantam.trainer.train;

/**
 * What came out of a training.
 *
 * @param steps optimizer steps done
 * @param bestStep steps done when the weights that were kept were measured
 * @param bestLoss their validation loss, mean negative log-likelihood a token
 * @param seconds training and validation, over all resumptions
 */
public record TrainingSummary(long steps, long bestStep, double bestLoss, double seconds) {}
