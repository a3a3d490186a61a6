package io.bantam.compression.ptq;

/** Inner loops over rows of matrices. */
final class Rows {
    private Rows() {}

    /** {@code target[targetFrom + i] += factor * source[sourceFrom + i]} for i below {@code length}. */
    static void addScaled(double factor, double[] source, int sourceFrom, double[] target, int targetFrom, int length) {
        for (int i = 0; i < length; i++) {
            target[targetFrom + i] += factor * source[sourceFrom + i];
        }
    }
}
