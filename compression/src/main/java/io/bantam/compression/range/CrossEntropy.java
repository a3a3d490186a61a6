package io.bantam.compression.range;

/**
 * How far quantized logits lead away from the words that the exact ones expect: the cross-entropy
 * {@code -sum_i softmax(z)_i log softmax(z')_i}, the measure by which Bondarenko et al. (arXiv:2109.12948,
 * {@code range_estimators.py}) choose the range of logits. Sums over all rows that are added; nothing of them is kept.
 */
public final class CrossEntropy {
    private double sum;
    private long rows;

    /**
     * Adds rows of logits.
     *
     * @param exact {@code rows * classes}
     * @param quantized the same, quantized
     * @throws IllegalArgumentException if the lengths do not fit
     */
    public void add(float[] exact, float[] quantized, int classes) {
        if (exact.length != quantized.length || classes < 1 || exact.length % classes != 0) {
            throw new IllegalArgumentException(
                    exact.length + " and " + quantized.length + " logits are no equal numbers of rows of " + classes);
        }
        for (int from = 0; from < exact.length; from += classes) {
            sum += row(exact, quantized, from, from + classes);
            rows++;
        }
    }

    private static double row(float[] exact, float[] quantized, int from, int to) {
        double largest = Double.NEGATIVE_INFINITY;
        double largestQuantized = Double.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, exact[i]);
            largestQuantized = Math.max(largestQuantized, quantized[i]);
        }
        double mass = 0;
        double massQuantized = 0;
        double expected = 0;
        for (int i = from; i < to; i++) {
            double weight = Math.exp(exact[i] - largest);
            mass += weight;
            massQuantized += Math.exp(quantized[i] - largestQuantized);
            expected += weight * quantized[i];
        }
        return largestQuantized + Math.log(massQuantized) - expected / mass;
    }

    /**
     * Nats a row.
     *
     * @throws IllegalStateException if no row was added
     */
    public double mean() {
        if (rows == 0) {
            throw new IllegalStateException("no logits were added, so there is no cross-entropy yet");
        }
        return sum / rows;
    }
}
