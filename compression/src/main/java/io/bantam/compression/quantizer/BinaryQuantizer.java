package io.bantam.compression.quantizer;

import ai.djl.ndarray.NDArray;
import io.bantam.runtime.format.Scheme;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One bit a weight: {@code a * sign(w)} with {@code a = mean|w|} of the group.
 *
 * <p>XTC, arXiv:2206.01859 (DeepSpeed {@code compression/utils.py}), which follows XNOR-Net, arXiv:1603.05279. Differs
 * in one corner: sign(0) is +1, since one bit has no third value.
 *
 * @param granularity which weights share a scale
 */
public record BinaryQuantizer(Granularity granularity) implements Quantizer {

    @Override
    public Scheme scheme() {
        return Scheme.BINARY;
    }

    @Override
    public int bits() {
        return 1;
    }

    @Override
    public NDArray fakeQuantize(NDArray weight) {
        return Groups.apply(weight, granularity, groups -> {
            NDArray sign = Groups.asFloat(groups.gte(0)).mul(2).sub(1);
            return sign.mul(Groups.mean(groups.abs()));
        });
    }

    /** 1 where {@code |w| <= 2a}: the two values are 2a apart, so half a step beyond them is 2a. */
    @Override
    public NDArray reach(NDArray weight) {
        UnaryOperator<NDArray> within = groups ->
                Groups.asFloat(groups.abs().lte(Groups.mean(groups.abs()).mul(2)));
        return Groups.apply(weight, granularity, within);
    }

    @Override
    public Optional<FusedForm> fusedForm() {
        return Optional.of(FusedForm.BINARY);
    }

    /** None: the two values do not include 0, so they are no uniform grid. */
    @Override
    public Optional<GroupGrids> grids() {
        return Optional.empty();
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
            scales[group] = Groups.meanMagnitude(rowMajor, from, from + size);
            for (int i = from; i < from + size; i++) {
                codes[i] = (byte) (rowMajor[i] >= 0 ? 1 : -1);
            }
        }
        return new QuantizedMatrix(Scheme.BINARY, 1, rows, columns, size, codes, scales, new float[0]);
    }
}
