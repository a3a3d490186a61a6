package io.bantam.compression.ptq;

/** The inner loops of the triangular solvers, in a form that the compiler turns into vector instructions. */
final class Rows {
    private static final int TOGETHER = 4;

    private Rows() {}

    /** {@code target[targetFrom + i] += factor * source[sourceFrom + i]} for i below {@code length}. */
    static void addScaled(double factor, double[] source, int sourceFrom, double[] target, int targetFrom, int length) {
        for (int i = 0; i < length; i++) {
            target[targetFrom + i] += factor * source[sourceFrom + i];
        }
    }

    /**
     * Subtracts several rows of one array from a target: {@code target[targetFrom + i] -= factors[factorsFrom + r *
     * factorsStride] * source[sourceFrom + r * stride + i]} for r below {@code rows} and i below {@code length}. Four rows at
     * a time, so that the target is read and written a quarter as often.
     */
    static void subtractScaled(
            double[] factors,
            int factorsFrom,
            int factorsStride,
            int rows,
            double[] source,
            int sourceFrom,
            int stride,
            double[] target,
            int targetFrom,
            int length) {
        int r = 0;
        for (; r + TOGETHER <= rows; r += TOGETHER) {
            int factor = factorsFrom + r * factorsStride;
            double f0 = factors[factor];
            double f1 = factors[factor + factorsStride];
            double f2 = factors[factor + 2 * factorsStride];
            double f3 = factors[factor + 3 * factorsStride];
            int s0 = sourceFrom + r * stride;
            int s1 = s0 + stride;
            int s2 = s1 + stride;
            int s3 = s2 + stride;
            for (int i = 0; i < length; i++) {
                target[targetFrom + i] -=
                        f0 * source[s0 + i] + f1 * source[s1 + i] + f2 * source[s2 + i] + f3 * source[s3 + i];
            }
        }
        for (; r < rows; r++) {
            addScaled(
                    -factors[factorsFrom + r * factorsStride],
                    source,
                    sourceFrom + r * stride,
                    target,
                    targetFrom,
                    length);
        }
    }
}
