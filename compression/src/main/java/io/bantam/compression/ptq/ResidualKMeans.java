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
    private final int codewords;
    private final Random random;

    /**
     * @param vector dimensions
     * @param codewords of a codebook
     */
    ResidualKMeans(int vector, int codewords, long seed) {
        this.vector = vector;
        this.codewords = codewords;
        this.random = new Random(seed);
    }

    /**
     * Finds codebooks and codes.
     *
     * @param points {@code [n, vector]}; not changed
     * @param codes {@code [n, count]}, receives the codes
     * @return {@code [count, codewords, vector]}
     */
    float[] codebooks(float[] points, int count, int[] codes) {
        float[] left = points.clone();
        int n = points.length / vector;
        float[] codebooks = new float[count * codewords * vector];
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
        float[] codebook = new float[codewords * vector];
        for (int codeword = 0; codeword < codewords; codeword++) {
            System.arraycopy(points, order[codeword % n] * vector, codebook, codeword * vector, vector);
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
            dimensions[i % vector * codewords + i / vector] = codebook[i];
        }
        IntStream.range(0, Math.ceilDiv(nearest.length, CHUNK)).parallel().forEach(chunk -> {
            float[] distances = new float[codewords];
            int end = Math.min(nearest.length, (chunk + 1) * CHUNK);
            for (int point = chunk * CHUNK; point < end; point++) {
                nearest[point] = nearest(points, point, dimensions, distances);
            }
        });
    }

    private int nearest(float[] points, int point, float[] dimensions, float[] distances) {
        Arrays.fill(distances, 0);
        for (int i = 0; i < vector; i++) {
            addSquares(points[point * vector + i], dimensions, i * codewords, distances);
        }
        int best = 0;
        for (int codeword = 1; codeword < codewords; codeword++) {
            best = distances[codeword] < distances[best] ? codeword : best;
        }
        return best;
    }

    private static void addSquares(float value, float[] dimensions, int from, float[] distances) {
        for (int codeword = 0; codeword < distances.length; codeword++) {
            float difference = value - dimensions[from + codeword];
            distances[codeword] += difference * difference;
        }
    }

    /** Moves every codeword to the mean of its points; one without points stays. */
    private void move(float[] points, float[] codebook, int[] nearest) {
        double[] sums = new double[codewords * vector];
        int[] counts = new int[codewords];
        for (int point = 0; point < nearest.length; point++) {
            counts[nearest[point]]++;
            for (int i = 0; i < vector; i++) {
                sums[nearest[point] * vector + i] += points[point * vector + i];
            }
        }
        for (int codeword = 0; codeword < codewords; codeword++) {
            for (int i = 0; counts[codeword] > 0 && i < vector; i++) {
                codebook[codeword * vector + i] = (float) (sums[codeword * vector + i] / counts[codeword]);
            }
        }
    }
}
