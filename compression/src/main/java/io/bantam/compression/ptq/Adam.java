package io.bantam.compression.ptq;

/** Adam (arXiv:1412.6980) on one array of values, without weight decay. Not thread-safe. */
public final class Adam {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;
    private static final double EPSILON = 1e-12;

    private final float[] values;
    private final double[] means;
    private final double[] squares;
    private int steps;

    /** @param values moved in place by {@link #step} */
    public Adam(float[] values) {
        this.values = values;
        this.means = new double[values.length];
        this.squares = new double[values.length];
    }

    /**
     * Moves the values against a gradient. Values whose gradient has always been 0 stay.
     *
     * @param gradient one for each value
     * @param rate size of a step
     */
    public void step(double[] gradient, double rate) {
        if (gradient.length != values.length) {
            throw new IllegalArgumentException(
                    "expected " + values.length + " values of the gradient, not " + gradient.length);
        }
        steps++;
        double corrected = rate * Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(BETA1, steps));
        for (int i = 0; i < values.length; i++) {
            means[i] = BETA1 * means[i] + (1 - BETA1) * gradient[i];
            squares[i] = BETA2 * squares[i] + (1 - BETA2) * gradient[i] * gradient[i];
            values[i] -= (float) (corrected * means[i] / (Math.sqrt(squares[i]) + EPSILON));
        }
    }
}
