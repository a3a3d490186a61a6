package io.bantam.compression.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.FloatMatrix;
import java.util.Arrays;

/**
 * The codebooks and scales that suit given codes best: least {@code tr((Q - W) M (Q - W)^T)}, M being the second
 * moments of the inputs (AQLM, arXiv:2401.06118, section 3.2, phase 2).
 *
 * <p>For the scales there is a formula, row by row: {@code s = (w M q) / (q M q)} with q the sum of codewords. The
 * error is a quadratic form of the codebooks; a few steps of conjugate gradients, divided by its diagonal, lower it
 * where AQLM takes a hundred of Adam. Owns native memory: close it.
 */
final class CodebookFit implements AutoCloseable {
    private static final int STEPS = 24;

    private final NDManager manager;
    private final FloatMatrix weight;
    private final NDArray moments;
    private final double[] diagonal;

    /** @param moments {@code columns * columns} */
    CodebookFit(NDManager parent, FloatMatrix weight, double[] moments) {
        this.manager = parent.newSubManager();
        this.weight = weight;
        int n = weight.columns();
        this.moments = manager.create(moments, new Shape(n, n)).toType(DataType.FLOAT32, false);
        this.diagonal = new double[n];
        for (int i = 0; i < n; i++) {
            diagonal[i] = moments[i * n + i];
        }
    }

    AdditiveCodebooks fit(AdditiveCodebooks start) {
        AdditiveCodebooks scaled = start.with(start.codebooks(), scales(start));
        return scaled.with(codebooks(scaled), scaled.scales());
    }

    private float[] scales(AdditiveCodebooks start) {
        float[] ones = new float[start.rows()];
        Arrays.fill(ones, 1);
        float[] sums = start.with(start.codebooks(), ones).dequantize();
        float[] products = timesMoments(sums);
        float[] scales = new float[start.rows()];
        int columns = start.columns();
        for (int row = 0; row < scales.length; row++) {
            double wanted = 0;
            double power = 0;
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                wanted += (double) weight.values()[i] * products[i];
                power += (double) sums[i] * products[i];
            }
            scales[row] = power > 0 ? (float) (wanted / power) : start.scales()[row];
        }
        return scales;
    }

    private float[] codebooks(AdditiveCodebooks start) {
        float[] codebooks = start.codebooks().clone();
        float[] missing = start.dequantize();
        for (int i = 0; i < missing.length; i++) {
            missing[i] = weight.values()[i] - missing[i];
        }
        double[] inverse = inverseDiagonal(start);
        double[] residual = perCodeword(start, timesMoments(missing));
        double[] direction = product(inverse, residual);
        double size = dot(residual, direction);
        for (int step = 0; step < STEPS && size > 0; step++) {
            double[] image = perCodeword(start, timesMoments(weights(start, direction)));
            double curvature = dot(direction, image);
            if (!(curvature > 0)) {
                break;
            }
            double rate = size / curvature;
            for (int i = 0; i < codebooks.length; i++) {
                codebooks[i] += (float) (rate * direction[i]);
                residual[i] -= rate * image[i];
            }
            double[] next = product(inverse, residual);
            double nextSize = dot(residual, next);
            for (int i = 0; i < direction.length; i++) {
                direction[i] = next[i] + nextSize / size * direction[i];
            }
            size = nextSize;
        }
        return codebooks;
    }

    private float[] timesMoments(float[] values) {
        try (NDManager scope = manager.newSubManager()) {
            scope.tempAttachAll(moments);
            return scope.create(values, new Shape(weight.rows(), weight.columns()))
                    .matMul(moments)
                    .toFloatArray();
        }
    }

    /** The weights that these codes stand for with other codebooks. */
    private static float[] weights(AdditiveCodebooks codes, double[] codebooks) {
        float[] values = new float[codebooks.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) codebooks[i];
        }
        return new AdditiveCodebooks(
                        codes.rows(),
                        codes.columns(),
                        codes.vector(),
                        codes.codeBits(),
                        codes.count(),
                        codes.codes(),
                        values,
                        codes.scales())
                .dequantize();
    }

    /** Sums of scaled gradients over all places where a codeword stands. */
    static double[] perCodeword(AdditiveCodebooks codes, float[] gradient) {
        double[] sums = new double[codes.codebooks().length];
        int vector = codes.vector();
        for (int run = 0; run < gradient.length / vector; run++) {
            double scale = codes.scales()[run * vector / codes.columns()];
            for (int book = 0; book < codes.count(); book++) {
                int at = ((book << codes.codeBits()) + codes.code(run * codes.count() + book)) * vector;
                for (int i = 0; i < vector; i++) {
                    sums[at + i] += scale * gradient[run * vector + i];
                }
            }
        }
        return sums;
    }

    /** One over the second derivatives; 0 for codewords that stand nowhere. */
    private double[] inverseDiagonal(AdditiveCodebooks codes) {
        float[] curvature = new float[weight.values().length];
        for (int i = 0; i < curvature.length; i++) {
            curvature[i] = (float) (diagonal[i % codes.columns()] * codes.scales()[i / codes.columns()]);
        }
        double[] inverse = perCodeword(codes, curvature);
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = inverse[i] > 0 ? 1 / inverse[i] : 0;
        }
        return inverse;
    }

    private static double[] product(double[] a, double[] b) {
        double[] product = new double[a.length];
        Arrays.setAll(product, i -> a[i] * b[i]);
        return product;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public void close() {
        manager.close();
    }
}
