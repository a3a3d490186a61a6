package io.bantam.compression.range;

import ai.djl.ndarray.NDArray;

/**
 * The range whose quantized values lose the least information: the magnitude at which the distribution of |x|, clipped
 * there, has the least Kullback-Leibler divergence from the same distribution with as many levels as the grid has.
 *
 * <p>S. Migacz, "8-bit Inference with TensorRT", GTC 2017. The candidates are every 16th of 4,096 bins of |x| from
 * {@code 2^(k-1)} on. Clipped values count for the last bin of the distribution that is approximated, but not for the
 * levels, so clipping has its price.
 */
public final class EntropyRange implements RangeEstimator {
    private static final int MAGNITUDES = Histogram.BINS / 2;
    private static final int STRIDE = 16;

    private final GridFamily family;
    private final Histogram histogram = new Histogram();

    public EntropyRange(GridFamily family) {
        this.family = family;
    }

    @Override
    public void observe(NDArray values) {
        observe(values.toFloatArray());
    }

    @Override
    public void observe(float[] values) {
        histogram.add(values);
    }

    @Override
    public boolean isEmpty() {
        return histogram.observed() == null;
    }

    @Override
    public Range range() {
        Range observed = RangeEstimator.orElseThrow(histogram.observed());
        double[] counts = new double[MAGNITUDES];
        for (int bin = 0; bin < MAGNITUDES; bin++) {
            counts[bin] = histogram.count(MAGNITUDES + bin) + histogram.count(MAGNITUDES - 1 - bin);
        }
        int levels = 1 << (family.bits() - 1);
        int best = MAGNITUDES;
        double least = Double.POSITIVE_INFINITY;
        for (int bins = Math.max(levels, STRIDE); bins <= MAGNITUDES; bins += STRIDE) {
            double divergence = divergence(counts, bins, levels);
            if (divergence < least) {
                least = divergence;
                best = bins;
            }
        }
        float magnitude = histogram.lowerEnd(MAGNITUDES + best);
        return new Range(Math.max(observed.minimum(), -magnitude), Math.min(observed.maximum(), magnitude));
    }

    /** Of the first bins, with all that lies beyond in the last one, from their mean in each of the levels. */
    private static double divergence(double[] counts, int bins, int levels) {
        double beyond = 0;
        double inside = 0;
        for (int i = 0; i < counts.length; i++) {
            if (i < bins) {
                inside += counts[i];
            } else {
                beyond += counts[i];
            }
        }
        if (inside == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double divergence = 0;
        for (int level = 0; level < levels; level++) {
            int from = (int) ((long) level * bins / levels);
            int to = (int) ((long) (level + 1) * bins / levels);
            double sum = 0;
            int filled = 0;
            for (int i = from; i < to; i++) {
                sum += counts[i];
                filled += counts[i] > 0 || (i == bins - 1 && beyond > 0) ? 1 : 0;
            }
            for (int i = from; i < to; i++) {
                double wanted = counts[i] + (i == bins - 1 ? beyond : 0);
                if (wanted > 0) {
                    if (sum == 0) {
                        return Double.POSITIVE_INFINITY; // What was clipped has no level to go to.
                    }
                    double p = wanted / (inside + beyond);
                    double q = sum / filled / inside;
                    divergence += p * Math.log(p / q);
                }
            }
        }
        return divergence;
    }
}
