package io.bantam.trainer.train;

/**
 * The learning rate of a step: a linear warm-up from 0 to the peak, then a decay that reaches 0 after the last step.
 *
 * @param peak highest rate
 * @param warmupSteps steps of the rise
 * @param steps all steps
 * @param decay form of the fall
 */
public record LearningRate(double peak, int warmupSteps, int steps, Decay decay) {
    /** Forms of the fall after the warm-up. */
    public enum Decay {
        /** A straight line to 0. */
        LINEAR,
        /** Half a cosine to 0. */
        COSINE,
        /** None. */
        CONSTANT,
        /** None for four fifths of the steps, then a straight line to 0 (warmup-stable-decay, arXiv:2404.06395). */
        STABLE_THEN_LINEAR
    }

    /** The rate of a step, from 0. */
    public double at(long step) {
        if (step < warmupSteps) {
            return peak * (step + 1) / warmupSteps;
        }
        double done = (double) (step - warmupSteps) / Math.max(1, steps - warmupSteps);
        return peak
                * switch (decay) {
                    case LINEAR -> Math.max(0, 1 - done);
                    case COSINE -> 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
                    case CONSTANT -> 1;
                    case STABLE_THEN_LINEAR -> Math.clamp((steps - step) / (0.2 * steps), 0, 1);
                };
    }
}
