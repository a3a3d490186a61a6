package io.bantam.trainer.train;

import java.util.Map;
import java.util.TreeMap;

/**
 * Where a training stands between two steps, beside the arrays.
 *
 * @param step optimizer steps done
 * @param bestLoss lowest validation loss so far, infinite before the first
 * @param bestStep steps done when it was measured
 * @param worseInARow validation losses since then
 * @param smoothedLoss running mean of the training loss, NaN before the first step
 * @param lowestSmoothed lowest running mean so far
 * @param seconds time spent training, over all resumptions
 * @param sums what figures of the training are made of, see {@link io.bantam.trainer.distill.Tally}; empty in
 *     checkpoints of older versions
 */
record TrainingState(
        long step,
        double bestLoss,
        long bestStep,
        int worseInARow,
        double smoothedLoss,
        double lowestSmoothed,
        double seconds,
        Map<String, Double> sums) {
    private static final double SMOOTHING = 0.95;

    TrainingState {
        sums = sums == null ? Map.of() : new TreeMap<>(sums);
    }

    static TrainingState initial() {
        return new TrainingState(0, Double.POSITIVE_INFINITY, 0, 0, Double.NaN, Double.POSITIVE_INFINITY, 0, Map.of());
    }

    /** This state with other sums. */
    TrainingState with(Map<String, Double> counted) {
        return new TrainingState(step, bestLoss, bestStep, worseInARow, smoothedLoss, lowestSmoothed, seconds, counted);
    }

    TrainingState afterStep(double loss, double stepSeconds) {
        double smoothed = Double.isNaN(smoothedLoss) ? loss : SMOOTHING * smoothedLoss + (1 - SMOOTHING) * loss;
        return new TrainingState(
                step + 1,
                bestLoss,
                bestStep,
                worseInARow,
                smoothed,
                Math.min(lowestSmoothed, smoothed),
                seconds + stepSeconds,
                sums);
    }

    TrainingState afterEvaluation(double loss, double evaluationSeconds) {
        boolean better = loss < bestLoss;
        return new TrainingState(
                step,
                better ? loss : bestLoss,
                better ? step : bestStep,
                better ? 0 : worseInARow + 1,
                smoothedLoss,
                lowestSmoothed,
                seconds + evaluationSeconds,
                sums);
    }
}
