package io.bantam.compression.range;

/**
 * The range with the least squared quantization error on a one-dimensional grid of candidates.
 *
 * <p>Candidate i of n is the full range shrunk by {@code i / n}: {@code [-t, t]} with {@code t = i * R / n} for a
 * symmetric grid ({@code [0, t]} if no value is negative), the range shrunk about its middle for an asymmetric one. The
 * first candidate with the least {@code sum (x - q(x))^2} wins (Bondarenko et al., arXiv:2109.12948, the
 * one-dimensional MSE estimator of the accompanying {@code range_estimators.py}).
 *
 * <p>{@code R = max|x| * (1 + relativeMargin) + absoluteMargin}. The published code has an absolute margin of 0.5,
 * which wastes most candidates on weights far below 0.5; the default here is relative, and just large enough that the
 * last candidate clips nothing (see {@link GridFamily#growthWithoutClipping()}).
 *
 * @param candidates number of candidates n, at least 1
 * @param relativeMargin part of max|x| added to the largest candidate, or {@link #NO_CLIPPING}
 * @param absoluteMargin value added to the largest candidate, in units of the data
 */
public record MseSearch(int candidates, float relativeMargin, float absoluteMargin) implements LeastErrorSearch {

    /** As {@code relativeMargin}: let the last candidate just clip nothing. */
    public static final float NO_CLIPPING = -1;

    public MseSearch {
        if (candidates < 1) {
            throw new IllegalArgumentException("candidates must be at least 1, not " + candidates);
        }
        if (!(relativeMargin >= 0 || relativeMargin == NO_CLIPPING) || !(absoluteMargin >= 0)) {
            throw new IllegalArgumentException(
                    "margins must not be negative: relative " + relativeMargin + ", absolute " + absoluteMargin);
        }
    }

    /** 100 candidates scaled to the data. */
    public MseSearch() {
        this(100, NO_CLIPPING, 0);
    }

    /** The published estimator: 100 candidates, absolute margin 0.5. */
    public static MseSearch published() {
        return new MseSearch(100, 0, 0.5f);
    }

    @Override
    public Range best(Range observed, GridFamily family, Loss loss) {
        if (observed.magnitude() == 0) {
            return observed;
        }
        Range best = null;
        double bestLoss = Double.POSITIVE_INFINITY;
        // From the widest down: a good candidate is met early, and the sums of worse ones can stop early.
        // Not strictly less, so that of equal losses the smallest index wins, as in the published code.
        for (int i = candidates; i >= 1; i--) {
            Range candidate = candidate(observed, family, i);
            double candidateLoss = loss.of(family.grid(candidate), bestLoss);
            if (candidateLoss <= bestLoss) {
                bestLoss = candidateLoss;
                best = candidate;
            }
        }
        return best;
    }

    /** Candidate {@code index} of 1 to {@link #candidates()} for values that lie in {@code observed}. */
    public Range candidate(Range observed, GridFamily family, int index) {
        float relative = relativeMargin == NO_CLIPPING ? family.growthWithoutClipping() : 1 + relativeMargin;
        if (family.symmetric()) {
            float largest = observed.magnitude() * relative + absoluteMargin;
            float threshold = index * (largest / candidates);
            return new Range(observed.minimum() < 0 ? -threshold : 0, threshold);
        }
        float middle = observed.minimum() / 2 + observed.maximum() / 2;
        float half = (observed.maximum() / 2 - observed.minimum() / 2) * relative + absoluteMargin;
        float reach = index * (half / candidates);
        return new Range(middle - reach, middle + reach);
    }
}
