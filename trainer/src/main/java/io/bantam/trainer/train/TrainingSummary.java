package io.bantam.trainer.train;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came out of a training.
 *
 * @param steps optimizer steps done
 * @param bestStep steps done when the weights that were kept were measured
 * @param bestLoss their validation loss, mean negative log-likelihood a token
 * @param seconds training and validation, over all resumptions
 */
public record TrainingSummary(long steps, long bestStep, double bestLoss, double seconds) {
    /** Returns the figures that a stage's record keeps, by name. */
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("steps", (double) steps);
        metrics.put("bestStep", (double) bestStep);
        metrics.put("loss", bestLoss);
        return metrics;
    }
}
