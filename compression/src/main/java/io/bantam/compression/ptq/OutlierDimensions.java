package io.bantam.compression.ptq;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The features of a layer's input that are far larger than the others, over all batches that pass by: they set the
 * range of the whole input, so that the others share few codes (Bondarenko et al., arXiv:2109.12948, section 3).
 *
 * <p>A feature's magnitude is its largest |x|; its ratio is that to the median feature's magnitude. Not thread-safe.
 */
public final class OutlierDimensions {
    private float[] magnitudes;

    /**
     * A feature.
     *
     * @param dimension its number, from 0
     * @param magnitude its largest |x|
     * @param ratio to the magnitude of the median feature; infinite if that is 0
     */
    public record Outlier(int dimension, float magnitude, double ratio) {}

    /**
     * Takes in a batch.
     *
     * @param input float32 {@code [..., features]}; not closed
     * @throws IllegalArgumentException if the number of features is another than before
     */
    public void observe(NDArray input) {
        long features = input.getShape().get(input.getShape().dimension() - 1);
        try (NDArray rows = input.reshape(-1, features);
                NDArray absolute = rows.abs();
                NDArray largest = absolute.max(new int[] {0})) {
            observe(largest.toFloatArray());
        }
    }

    private void observe(float[] largest) {
        if (magnitudes == null) {
            magnitudes = new float[largest.length];
        }
        if (magnitudes.length != largest.length) {
            throw new IllegalArgumentException(
                    "an input of " + largest.length + " features after one of " + magnitudes.length);
        }
        for (int i = 0; i < largest.length; i++) {
            magnitudes[i] = Math.max(magnitudes[i], largest[i]);
        }
    }

    /**
     * The largest features, the largest first.
     *
     * @param count at most so many
     * @throws IllegalStateException if no batch was observed
     */
    public List<Outlier> largest(int count) {
        if (magnitudes == null) {
            throw new IllegalStateException("no batch was observed; run at least one");
        }
        float[] sorted = magnitudes.clone();
        Arrays.sort(sorted);
        double median = sorted[sorted.length / 2];
        List<Outlier> outliers = new ArrayList<>();
        IntStream.range(0, magnitudes.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -magnitudes[i]))
                .limit(count)
                .forEach(i -> outliers.add(new Outlier(
                        i, magnitudes[i], median == 0 ? Double.POSITIVE_INFINITY : magnitudes[i] / median)));
        return outliers;
    }
}
