package io.bantam.compression.range;

import java.util.function.DoubleUnaryOperator;

/**
 * The range with the least squared quantization error by golden section (Kiefer 1953), the other search of Bondarenko
 * et al. (arXiv:2109.12948): of the width for a symmetric grid; of the upper end, with the best lower end for each, for
 * an asymmetric one.
 *
 * <p>Golden section narrows an interval to the part in which the lower of two inner points lies, so it finds the least
 * error where there is one valley. The error of a grid has ripples, so it may end in a neighbouring one; it is never
 * worse than the values' own range, which is compared at the end. It takes {@code iterations} evaluations for a
 * symmetric and their square for an asymmetric grid.
 *
 * @param iterations of the narrowing, each to 0.618 of the interval; at least 1
 */
public record GoldenSectionSearch(int iterations) implements LeastErrorSearch {
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    public GoldenSectionSearch {
        if (iterations < 1) {
            throw new IllegalArgumentException("iterations must be at least 1, not " + iterations);
        }
    }

    /** 16 iterations: the interval shrinks to a 2,000th. */
    public GoldenSectionSearch() {
        this(16);
    }

    @Override
    public Range best(Range observed, GridFamily family, Loss loss) {
        if (observed.magnitude() == 0) {
            return observed;
        }
        Range found = family.symmetric() ? symmetric(observed, family, loss) : asymmetric(observed, family, loss);
        double error = loss.of(family.grid(found), Double.POSITIVE_INFINITY);
        return loss.of(family.grid(observed), error) < error ? observed : found;
    }

    private Range symmetric(Range observed, GridFamily family, Loss loss) {
        double largest = (double) observed.magnitude() * family.growthWithoutClipping();
        return range(
                observed,
                least(0, largest, width -> loss.of(family.grid(range(observed, width)), Double.POSITIVE_INFINITY)));
    }

    private static Range range(Range observed, double width) {
        return new Range(observed.minimum() < 0 ? (float) -width : 0, (float) width);
    }

    private Range asymmetric(Range observed, GridFamily family, Loss loss) {
        double middle = ((double) observed.minimum() + observed.maximum()) / 2;
        double half = (observed.maximum() - middle) * family.growthWithoutClipping();
        double upper = least(
                middle,
                middle + half,
                end -> loss.of(
                        family.grid(new Range((float) lower(middle, half, end, family, loss), (float) end)),
                        Double.POSITIVE_INFINITY));
        return new Range((float) lower(middle, half, upper, family, loss), (float) upper);
    }

    private double lower(double middle, double half, double upper, GridFamily family, Loss loss) {
        return least(
                middle - half,
                middle,
                end -> loss.of(family.grid(new Range((float) end, (float) upper)), Double.POSITIVE_INFINITY));
    }

    private double least(double from, double to, DoubleUnaryOperator error) {
        double low = from;
        double high = to;
        double left = high - GOLDEN * (high - low);
        double right = low + GOLDEN * (high - low);
        double errorLeft = error.applyAsDouble(left);
        double errorRight = error.applyAsDouble(right);
        for (int i = 0; i < iterations; i++) {
            if (errorLeft <= errorRight) {
                high = right;
                right = left;
                errorRight = errorLeft;
                left = high - GOLDEN * (high - low);
                errorLeft = error.applyAsDouble(left);
            } else {
                low = left;
                left = right;
                errorLeft = errorRight;
                right = low + GOLDEN * (high - low);
                errorRight = error.applyAsDouble(right);
            }
        }
        return errorLeft <= errorRight ? left : right;
    }
}
