package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.range.UniformGrid;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Activation-aware weight quantization (AWQ, arXiv:2306.00978): protects the columns of a weight whose inputs are
 * large.
 *
 * <p>Two searches, both by the error of the layer's output on calibration inputs, {@code tr(D M D^T)} with D the change
 * of the weight and M the inputs' second moments. {@link #scales}: column j is multiplied and its input divided by
 * {@code s_j = mean|x_j|^r / sqrt(max * min)} for the r among 0, 1/20, ... 19/20 that is best; the division is folded
 * into the layer before ({@link ScaleFolding}). {@link #clipped}: every group is clipped at its largest magnitude times
 * 1, 19/20, ... 11/20, whichever is best for its own part of the output.
 *
 * <p>The published code measures the scales' error at the output of the attention or feed-forward part; here it is that
 * of the linear layer itself, which needs no inputs but their moments.
 */
public final class Awq {
    private static final int STEPS = 20;
    private static final int CLIP_STEPS = 10;
    private static final double SMALLEST_MEAN = 1e-4;

    private Awq() {}

    /**
     * The best scale of each column; all 1 if none is better than that.
     *
     * @param weight {@code [out, in]}
     * @param quantizer that the scaled weight will have
     * @param meanMagnitudes mean |x| of each input
     * @param moments second moments of the inputs, {@code in * in}
     */
    public static double[] scales(FloatMatrix weight, Quantizer quantizer, double[] meanMagnitudes, double[] moments) {
        double[] best = new double[weight.columns()];
        Arrays.fill(best, 1);
        double bestError = Double.POSITIVE_INFINITY;
        for (int step = 0; step < STEPS; step++) {
            double[] scales = candidate(meanMagnitudes, (double) step / STEPS);
            FloatMatrix scaled = ScaleFolding.columns(weight, scales);
            float[] quantized = quantizer.fakeQuantize(scaled.values(), scaled.rows(), scaled.columns());
            double[] inverse = Arrays.stream(scales).map(scale -> 1 / scale).toArray();
            float[] effective = ScaleFolding.columns(
                            new FloatMatrix(weight.rows(), weight.columns(), quantized), inverse)
                    .values();
            double error = InputStatistics.outputError(weight, effective, moments);
            if (error < bestError) {
                bestError = error;
                best = scales;
            }
        }
        return best;
    }

    private static double[] candidate(double[] meanMagnitudes, double ratio) {
        double[] scales = Arrays.stream(meanMagnitudes)
                .map(mean -> Math.max(Math.pow(mean, ratio), SMALLEST_MEAN))
                .toArray();
        double largest = Arrays.stream(scales).max().orElseThrow();
        double smallest = Arrays.stream(scales).min().orElseThrow();
        double middle = Math.sqrt(largest * smallest);
        return Arrays.stream(scales).map(scale -> scale / middle).toArray();
    }

    /**
     * The weight with every group clipped where its part of the output errs least.
     *
     * @param weight {@code [out, in]}
     * @param quantizer that the clipped weight will have; with one scale for the tensor nothing is clipped
     * @param moments second moments of the inputs, {@code in * in}
     * @param firstRow rows before it are left alone: the published code does not clip queries and keys
     */
    public static FloatMatrix clipped(FloatMatrix weight, Quantizer quantizer, double[] moments, int firstRow) {
        if (quantizer.granularity() instanceof Granularity.PerTensor) {
            return weight;
        }
        int size = quantizer.granularity().groupSize(weight.rows(), weight.columns());
        float[] clipped = weight.values().clone();
        IntStream.range(firstRow * weight.columns() / size, clipped.length / size)
                .parallel()
                .forEach(group -> {
                    Clip clip = clip(weight, quantizer, moments, group * size, size);
                    for (int i = group * size; i < (group + 1) * size; i++) {
                        clipped[i] = Math.clamp(weight.values()[i], -clip.limit(), clip.limit());
                    }
                });
        return new FloatMatrix(weight.rows(), weight.columns(), clipped);
    }

    /**
     * The magnitude at which a group of weights is clipped.
     *
     * @param limit largest magnitude that is left
     * @param error mean squared error of the group's part of the output
     */
    public record Clip(float limit, double error) {}

    /**
     * The best limit of one group.
     *
     * @param from index of its first weight
     * @param size its weights, all of one row
     */
    public static Clip clip(FloatMatrix weight, Quantizer quantizer, double[] moments, int from, int size) {
        float largest = 0;
        for (int i = from; i < from + size; i++) {
            largest = Math.max(largest, Math.abs(weight.values()[i]));
        }
        Clip best = new Clip(largest, Double.POSITIVE_INFINITY);
        float[] candidate = new float[size];
        Quantizer.GroupGrids grids = quantizer
                .grids()
                .orElseThrow(() -> new IllegalArgumentException(
                        "these weights go to the nearest value only: use round-to-nearest, or 2 bits or more"));
        for (int step = 0; step < CLIP_STEPS; step++) {
            float limit = largest * (1 - (float) step / STEPS);
            for (int i = 0; i < size; i++) {
                candidate[i] = Math.clamp(weight.values()[from + i], -limit, limit);
            }
            UniformGrid grid = grids.of(candidate, 0, size);
            double error = error(weight, grid, moments, from, size);
            if (error < best.error()) {
                best = new Clip(limit, error);
            }
        }
        return best;
    }

    private static double error(FloatMatrix weight, UniformGrid grid, double[] moments, int from, int size) {
        int columns = weight.columns();
        int first = from % columns;
        double[] product = new double[size];
        double[] difference = new double[size];
        for (int i = 0; i < size; i++) {
            float value = weight.values()[from + i];
            difference[i] = value - grid.fakeQuantize(value);
            Rows.addScaled(difference[i], moments, (first + i) * columns + first, product, 0, size);
        }
        double error = 0;
        for (int i = 0; i < size; i++) {
            error += difference[i] * product[i];
        }
        return error;
    }
}
