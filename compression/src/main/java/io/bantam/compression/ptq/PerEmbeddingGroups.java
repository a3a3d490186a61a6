package io.bantam.compression.ptq;

import io.bantam.compression.range.Range;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Per-embedding-group quantization of activations (PEG; Bondarenko et al., arXiv:2109.12948, section 4.2): features
 * with ranges of like size share a range, so that a few large features do not coarsen the grid of all others.
 *
 * <p>Features are ordered by {@code max - min} (range-based permutation) or left in their order, and cut into equal
 * runs; every feature of a run gets the run's range. {@link #scales} turns the groups into factors that
 * {@link ScaleFolding} puts into the layer before and the columns of the weight. Then one grid serves all features, and
 * nothing is permuted or scaled at run time.
 *
 * @param order features in the order in which they were cut into groups
 * @param ranges for each feature the range of its group
 */
public record PerEmbeddingGroups(int[] order, Range[] ranges) {

    /**
     * Groups features.
     *
     * @param minima smallest value of each feature
     * @param maxima largest value of each feature
     * @param groups number of groups, a divisor of the number of features
     * @param permute whether features are ordered by their ranges
     */
    public static PerEmbeddingGroups of(float[] minima, float[] maxima, int groups, boolean permute) {
        int features = minima.length;
        if (maxima.length != features || groups < 1 || features % groups != 0) {
            throw new IllegalArgumentException(
                    groups + " groups do not divide " + features + " features equally; use a divisor of " + features);
        }
        IntStream natural = IntStream.range(0, features);
        int[] order = permute
                ? natural.boxed()
                        .sorted(Comparator.comparingDouble(i -> (double) maxima[i] - minima[i]))
                        .mapToInt(Integer::intValue)
                        .toArray()
                : natural.toArray();
        Range[] ranges = new Range[features];
        int size = features / groups;
        for (int from = 0; from < features; from += size) {
            int[] group = Arrays.copyOfRange(order, from, from + size);
            Range range = new Range(minima[group[0]], maxima[group[0]]);
            for (int feature : group) {
                range = range.union(new Range(minima[feature], maxima[feature]));
            }
            for (int feature : group) {
                ranges[feature] = range;
            }
        }
        return new PerEmbeddingGroups(order, ranges);
    }

    /**
     * Returns one scale a feature: the magnitude of its group over that of the largest group; 1 in a group of zeros.
     */
    public double[] scales() {
        double largest =
                Arrays.stream(ranges).mapToDouble(Range::magnitude).max().orElseThrow();
        return Arrays.stream(ranges)
                .mapToDouble(range -> range.magnitude() == 0 ? 1 : range.magnitude() / largest)
                .toArray();
    }
}
