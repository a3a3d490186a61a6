package io.bantam.trainer.evaluation;

/**
 * A mean and the interval that holds it with the confidence it was made with; same unit as the values.
 *
 * @param mean mean of the values themselves
 * @param low lower end
 * @param high upper end
 */
public record Interval(double mean, double low, double high) {
    public Interval {
        if (!(low <= high) || !Double.isFinite(mean)) {
            throw new IllegalArgumentException("no interval: mean " + mean + ", low " + low + ", high " + high);
        }
    }

    /** Returns whether zero lies outside: with a difference, whether it is more than chance. */
    public boolean excludesZero() {
        return low > 0 || high < 0;
    }
}
