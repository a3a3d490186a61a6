package io.bantam.compression.ptq;

/**
 * The learning rate of AutoRound's sign descent: {@code rate(t) = 1/steps (1 - t/steps)}, so that an offset that always
 * moves one way ends half a step from where it began (arXiv:2309.05516).
 *
 * @param steps in all, at least 1
 */
public record SignDescent(int steps) {

    public SignDescent {
        if (steps < 1) {
            throw new IllegalArgumentException("at least 1 step is needed, not " + steps);
        }
    }

    /** The rate of a step, from 0. */
    public double rate(int step) {
        return (1 - (double) step / steps) / steps;
    }
}
