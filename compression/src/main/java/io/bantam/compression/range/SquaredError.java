package io.bantam.compression.range;

/**
 * The squared error of values that are at hand: to the bit {@code sum (x - q(x))^2} by {@link UniformGrid}, but a few
 * values at a time and without branches, so that the compiler makes vector instructions of it. A search asks for a
 * hundred grids a group.
 */
final class SquaredError implements LeastErrorSearch.Loss {
    /** Values between two looks at the limit. */
    private static final int TOGETHER = 64;

    /**
     * Added and taken away again it rounds a float of at most 2^22 in magnitude to the nearest whole number, halves to
     * even.
     */
    private static final float ROUNDING = 0x1.8p23f;

    private final float[] values;
    private final int from;
    private final int to;
    private final Range extremes;
    private final float[] x = new float[TOGETHER];
    private final float[] errors = new float[TOGETHER];

    /** Squared error of {@code values[from]} to {@code values[to - 1]}, which are finite. */
    SquaredError(float[] values, int from, int to) {
        this.values = values;
        this.from = from;
        this.to = to;
        this.extremes = Range.of(values, from, to);
    }

    /** The least and the greatest of the values. */
    Range extremes() {
        return extremes;
    }

    @Override
    public double of(UniformGrid grid, double limit) {
        // No grid that is too narrow for an extreme makes up for it with the others: most need no more than this look.
        double largest = Math.max(square(grid, extremes.minimum()), square(grid, extremes.maximum()));
        if (largest > limit) {
            return largest;
        }
        double loss = 0;
        for (int at = from; at < to && loss <= limit; at += TOGETHER) {
            int length = Math.min(TOGETHER, to - at);
            System.arraycopy(values, at, x, 0, length);
            if (grid.scale() == 0) {
                for (int i = 0; i < length; i++) {
                    errors[i] = x[i] - grid.zero();
                }
            } else {
                round(grid.scale(), grid.zero(), grid.lowestCode(), grid.highestCode());
            }
            for (int i = 0; i < length; i++) {
                loss += (double) errors[i] * errors[i];
            }
        }
        return loss;
    }

    private static double square(UniformGrid grid, float value) {
        float error = value - grid.fakeQuantize(value);
        return (double) error * error;
    }

    private void round(float scale, float zero, float lowest, float highest) {
        for (int i = 0; i < TOGETHER; i++) {
            // Clamped first: the ends are whole, so that it is the same as afterwards.
            float code = Math.min(Math.max((x[i] - zero) / scale, lowest), highest);
            errors[i] = x[i] - (scale * (code + ROUNDING - ROUNDING) + zero);
        }
    }
}
