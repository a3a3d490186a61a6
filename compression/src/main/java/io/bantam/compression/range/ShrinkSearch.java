package io.bantam.compression.range;

/**
 * The range with the least quantization error among shrunken copies of the full one, both ends towards 0.
 *
 * <p>Candidate i is the full range, extended to hold 0, times {@code 1 - i / candidates}, for i from 0 as long as
 * {@code i < largestShrink * candidates}. The first with the least {@code sum |x - q(x)|^exponent} wins (GPTQ,
 * arXiv:2210.17323, the {@code mse} option of the accompanying {@code quant.py}: 100, 0.8, 2.4).
 *
 * @param candidates steps of the whole way to 0, at least 1
 * @param largestShrink part of that way that is tried, above 0 and at most 1
 * @param exponent of the error, above 0
 */
public record ShrinkSearch(int candidates, double largestShrink, double exponent) implements RangeSearch {

    public ShrinkSearch {
        if (candidates < 1 || !(largestShrink > 0 && largestShrink <= 1) || !(exponent > 0)) {
            throw new IllegalArgumentException(
                    "a shrink search needs at least 1 candidate, a shrink above 0 and at most"
                            + " 1, and an exponent above 0, not " + candidates + ", " + largestShrink + " and "
                            + exponent);
        }
    }

    /** GPTQ's settings. */
    public ShrinkSearch() {
        this(100, 0.8, 2.4);
    }

    @Override
    public Range search(float[] values, int from, int to, GridFamily family) {
        Range full = Range.of(values, from, to).union(new Range(0, 0));
        Range best = full;
        double bestError = Double.POSITIVE_INFINITY;
        for (int i = 0; i < (int) (largestShrink * candidates); i++) {
            double shrink = 1 - (double) i / candidates;
            Range candidate = new Range((float) (shrink * full.minimum()), (float) (shrink * full.maximum()));
            double error = error(values, from, to, family.grid(candidate), bestError);
            if (error < bestError) {
                bestError = error;
                best = candidate;
            }
        }
        return best;
    }

    private double error(float[] values, int from, int to, UniformGrid grid, double stopAbove) {
        double error = 0;
        for (int i = from; i < to && error < stopAbove; i++) {
            error += Math.pow(Math.abs(values[i] - grid.fakeQuantize(values[i])), exponent);
        }
        return error;
    }
}
