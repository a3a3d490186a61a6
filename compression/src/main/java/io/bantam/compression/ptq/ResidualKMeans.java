package io.bantam.compression.ptq;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The codebooks that additive quantization starts from: k-means of the vectors, then of what is left of them, and so on
 * (residual k-means, Chen et al. 2010; AQLM, arXiv:2401.06118, section 3.2).
 */
final class ResidualKMeans {
    private static final int ITERATIONS = 12;
    /** Points that one thread takes at once. */
    private static final int CHUNK = 512;

    private final int vector;
    private final int words;
    private final Random random;

    /**
     * @param vector dimensions
     * @param words codewords of a codebook
     */
    ResidualKMeans(int vector, int words, long seed) {
        this.vector = vector;
        this.words = words;
        this.random = new Random(seed);
    }

    /**
     * Finds codebooks and codes.
     *
     * @param points {@code [n, vector]}; not changed
     * @param codes {@code [n, count]}, receives the codes
     * @return {@code [count, words, vector]}
     */
    float[] codebooks(float[] points, int count, int[] codes) {
        float[] left = points.clone();
        int n = points.length / vector;
        float[] codebooks = new float[count * words * vector];
        int[] nearest = new int[n];
        for (int book = 0; book < count; book++) {
            float[] codebook = kMeans(left, nearest);
            System.arraycopy(codebook, 0, codebooks, book * codebook.length, codebook.length);
            for (int point = 0; point < n; point++) {
                codes[point * count + book] = nearest[point];
                for (int i = 0; i < vector; i++) {
                    left[point * vector + i] -= codebook[nearest[point] * vector + i];
                }
            }
        }
        return codebooks;
    }

    private float[] kMeans(float[] points, int[] nearest) {
        int n = points.length / vector;
        int[] order = IntStream.range(0, n).toArray();
        for (int i = n - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        float[] codebook = new float[words * vector];
        for (int word = 0; word < words; word++) {
            System.arraycopy(points, order[word % n] * vector, codebook, word * vector, vector);
        }
        for (int iteration = 0; iteration < ITERATIONS; iteration++) {
            assign(points, codebook, nearest);
            move(points, codebook, nearest);
        }
        assign(points, codebook, nearest);
        return codebook;
    }

    /**
     * The codebook is taken dimension by dimension, so that the distances to all codewords are sums of whole vectors.
     */
    private void assign(float[] points, float[] codebook, int[] nearest) {
        float[] dimensions = new float[codebook.length];
        for (int i = 0; i < codebook.length; i++) {
            dimensions[i % vector * words + i / vector] = codebook[i];
        }
        IntStream.range(0, Math.ceilDiv(nearest.length, CHUNK)).parallel().forEach(chunk -> {
            float[] distances = new float[words];
            int end = Math.min(nearest.length, (chunk + 1) * CHUNK);
            for (int point = chunk * CHUNK; point < end; point++) {
                nearest[point] = nearest(points, point, dimensions, distances);
            }
        });
    }

    private int nearest(float[] points, int point, float[] dimensions, float[] distances) {
        Arrays.fill(distances, 0);
        for (int i = 0; i < vector; i++) {
            addSquares(points[point * vector + i], dimensions, i * words, distances);
        }
        int best = 0;
        for (int word = 1; word < words; word++) {
            best = distances[word] < distances[best] ? word : best;
        }
        return best;
    }

    private static void addSquares(float value, float[] dimensions, int from, float[] distances) {
        for (int word = 0; word < distances.length; word++) {
            float difference = value - dimensions[from + word];
            distances[word] += difference * difference;
        }
    }

    /** Moves every codeword to the mean of its points; one without points stays. */
    private void move(float[] points, float[] codebook, int[] nearest) {
        double[] sums = new double[words * vector];
        int[] counts = new int[words];
        for (int point = 0; point < nearest.length; point++) {
            counts[nearest[point]]++;
            for (int i = 0; i < vector; i++) {
                sums[nearest[point] * vector + i] += points[point * vector + i];
            }
        }
        for (int word = 0; word < words; word++) {
            for (int i = 0; counts[word] > 0 && i < vector; i++) {
                codebook[word * vector + i] = (float) (sums[word * vector + i] / counts[word]);
            }
        }
    }
}
