package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.bantam.compression.range.UniformGrid;
import io.bantam.runtime.format.Scheme;
import java.util.Optional;

/**
 * Three values a weight: {@code -a}, 0 and {@code a}. The rule says which weights are kept and what {@code a} is.
 *
 * <p>Where the reference divides 0 by 0 (a group of zeros under {@link TernaryRule#XTC}) the scale here is 0.
 *
 * @param granularity which weights share a scale
 * @param rule threshold and scale
 */
public record TernaryQuantizer(Granularity granularity, TernaryRule rule) implements Quantizer {
    private static final float THRESHOLD = 0.7f;
    private static final float SMALLEST_BITNET_SCALE = 1e-5f;

    /** XTC's rule. */
    public TernaryQuantizer(Granularity granularity) {
        this(granularity, TernaryRule.XTC);
    }

    @Override
    public Scheme scheme() {
        return Scheme.TERNARY;
    }

    @Override
    public int bits() {
        return 2;
    }

    @Override
    public NDArray fakeQuantize(NDArray weight) {
        return Groups.apply(weight, granularity, groups -> {
            NDArray codes = codes(groups);
            return codes.mul(scale(groups, codes));
        });
    }

    /** 1 where {@code |w| <= 1.5a}: neighbouring values are a apart. */
    @Override
    public NDArray reach(NDArray weight) {
        return Groups.apply(
                weight,
                granularity,
                groups -> Groups.asFloat(
                        groups.abs().lte(scale(groups, codes(groups)).mul(1.5f))));
    }

    private NDArray codes(NDArray groups) {
        NDArray mean = Groups.mean(groups.abs());
        return switch (rule) {
            case XTC -> {
                NDArray threshold = mean.mul(THRESHOLD);
                yield Groups.asFloat(groups.gt(threshold)).sub(Groups.asFloat(groups.lt(threshold.neg())));
            }
            case BITNET ->
                groups.div(mean.maximum(SMALLEST_BITNET_SCALE)).round().clip(-1, 1);
        };
    }

    private NDArray scale(NDArray groups, NDArray codes) {
        return switch (rule) {
            case XTC -> {
                NDArray kept = codes.abs();
                NDArray count = Groups.sum(kept).maximum(1); // No weight is kept: 0 / 1, not 0 / 0.
                yield Groups.sum(groups.abs().mul(kept)).div(count).toType(DataType.FLOAT32, false);
            }
            case BITNET -> Groups.mean(groups.abs()).maximum(SMALLEST_BITNET_SCALE);
        };
    }

    /** Makes a quantizer by XTC's rule. */
    @Override
    public Optional<FusedForm> fusedForm() {
        return rule == TernaryRule.XTC ? Optional.of(FusedForm.TERNARY) : Optional.empty();
    }

    @Override
    public Optional<GroupGrids> grids() {
        return Optional.of(this::grid);
    }

    private UniformGrid grid(float[] weights, int from, int to) {
        float mean = Groups.meanMagnitude(weights, from, to);
        float scale = switch (rule) {
            case XTC -> keepAbove(THRESHOLD * mean, weights, from, to, new byte[to]);
            case BITNET -> Math.max(mean, SMALLEST_BITNET_SCALE);
        };
        return new UniformGrid(scale, 0, -1, 1);
    }

    @Override
    public QuantizedMatrix quantize(float[] rowMajor, int rows, int columns) {
        FloatMatrix.checkSize(rowMajor, rows, columns);
        Groups.checkFinite(rowMajor);
        int size = granularity.groupSize(rows, columns);
        float[] scales = new float[rowMajor.length / size];
        byte[] codes = new byte[rowMajor.length];
        for (int group = 0; group < scales.length; group++) {
            int from = group * size;
            float mean = Groups.meanMagnitude(rowMajor, from, from + size);
            scales[group] = switch (rule) {
                case XTC -> keepAbove(THRESHOLD * mean, rowMajor, from, from + size, codes);
                case BITNET -> roundTo(Math.max(mean, SMALLEST_BITNET_SCALE), rowMajor, from, from + size, codes);
            };
        }
        return new QuantizedMatrix(Scheme.TERNARY, 2, rows, columns, size, codes, scales, new float[0]);
    }

    private static float keepAbove(float threshold, float[] weights, int from, int to, byte[] codes) {
        double sum = 0;
        int kept = 0;
        for (int i = from; i < to; i++) {
            if (Math.abs(weights[i]) > threshold) {
                codes[i] = (byte) (weights[i] > 0 ? 1 : -1);
                sum += Math.abs(weights[i]);
                kept++;
            }
        }
        return (float) (sum / Math.max(kept, 1));
    }

    private static float roundTo(float scale, float[] weights, int from, int to, byte[] codes) {
        for (int i = from; i < to; i++) {
            codes[i] = (byte) Math.clamp(Math.rint(weights[i] / scale), -1, 1);
        }
        return scale;
    }
}
