package io.bantam.compression.range;

/**
 * The range with the least squared quantization error on a two-dimensional grid of candidates, for asymmetric grids
 * whose ends must move apart from each other.
 *
 * <p>Candidate (i, k) has the half width {@code t = i * R / n} and is shifted by k steps of its own grid:
 * {@code [-t + k d, t + k d]} with {@code d = 2 t / (2^bits - 1)} and {@code |k| < 2^bits / 4}, cut to where the values
 * lie. R is the larger distance of an end of the values from 0, as in {@link MseSearch} with as much growth as clips
 * nothing. Bondarenko et al., arXiv:2109.12948, the two-dimensional search of the accompanying
 * {@code range_estimators.py}; there the margin is an absolute 0.5, here it is relative. The values' own range is a
 * candidate as well. Symmetric grids have no second dimension, and get {@link MseSearch} with as many candidates.
 *
 * @param candidates widths n, at least 1
 */
public record MseGrid2dSearch(int candidates) implements LeastErrorSearch {

    public MseGrid2dSearch {
        if (candidates < 1) {
            throw new IllegalArgumentException("candidates must be at least 1, not " + candidates);
        }
    }

    /** 100 widths. */
    public MseGrid2dSearch() {
        this(100);
    }

    @Override
    public Range best(Range observed, GridFamily family, Loss loss) {
        if (family.symmetric() || observed.magnitude() == 0) {
            return new MseSearch(candidates, MseSearch.NO_CLIPPING, 0).best(observed, family, loss);
        }
        Range best = observed;
        double least = loss.of(family.grid(observed), Double.POSITIVE_INFINITY);
        int levels = 1 << family.bits();
        float largest = observed.magnitude() * family.growthWithoutClipping();
        for (int i = candidates; i >= 1; i--) {
            float half = i * (largest / candidates);
            float step = 2 * half / (levels - 1);
            for (int shift = 1 - levels / 4; shift < Math.max(1, levels / 4); shift++) {
                float minimum = Math.max(-half + shift * step, observed.minimum());
                float maximum = Math.min(half + shift * step, observed.maximum());
                if (minimum < maximum) {
                    Range candidate = new Range(minimum, maximum);
                    double error = loss.of(family.grid(candidate), least);
                    if (error < least) {
                        least = error;
                        best = candidate;
                    }
                }
            }
        }
        return best;
    }
}
