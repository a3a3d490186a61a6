package io.bantam.compression.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/**
 * The upper triangular U with {@code U^T U = H^-1} for a symmetric, positive definite H.
 *
 * <p>By halves, so that nearly all of it is products of the engine: with {@code H = [A B; B^T C]}, {@code U22 = f(C)},
 * {@code V = B U22^T}, {@code U11 = f(A - V V^T)} and {@code U12 = -U11 V U22}. {@code 2/3 n^3} multiplications and as
 * many additions in float64, about what a Cholesky factor and its inverse take. At most {@value #LEAF} rows are solved
 * in Java.
 */
final class InverseFactor {
    private static final int LEAF = 64;

    private InverseFactor() {}

    /**
     * @param symmetric H but for its diagonal, float64 {@code [n, n]}; only the upper triangle is read; not changed
     * @param added what the diagonal lacks
     * @return U, float64 {@code [n, n]}, on H's manager, or null if H is not positive definite
     */
    static NDArray of(NDArray symmetric, double[] added) {
        NDArray u = symmetric.getManager().zeros(symmetric.getShape(), symmetric.getDataType());
        if (fill(u, symmetric, added, 0)) {
            return u;
        }
        u.close();
        return null;
    }

    /**
     * Writes a factor into zeros; false if H is not positive definite.
     *
     * @param from where in {@code added} the diagonal begins
     */
    private static boolean fill(NDArray u, NDArray h, double[] added, int from) {
        int n = Math.toIntExact(h.getShape().get(0));
        if (n <= LEAF) {
            return leaf(u, h, added, from, n);
        }
        int half = n / 2;
        NDIndex first = new NDIndex("0:{}, 0:{}", half, half);
        NDIndex right = new NDIndex("0:{}, {}:", half, half);
        NDIndex last = new NDIndex("{}:, {}:", half, half);
        try (NDManager scope = u.getManager().newSubManager()) {
            NDArray u11 = u.get(scope, first);
            NDArray u22 = u.get(scope, last);
            if (!fill(u22, h.get(scope, last), added, from + half)) {
                return false;
            }
            NDArray v = h.get(scope, right).matMul(u22.transpose());
            NDArray rest = v.matMul(v.transpose()).negi().addi(h.get(scope, first));
            if (!fill(u11, rest, added, from)) {
                return false;
            }
            u.set(right, u11.matMul(v.matMul(u22)).negi());
            return true;
        }
    }

    /** Factors H as {@code V V^T} with an upper V, column by column from the last, and inverts V. */
    private static boolean leaf(NDArray u, NDArray h, double[] added, int from, int n) {
        double[] v = h.toDoubleArray();
        for (int j = n - 1; j >= 0; j--) {
            double pivot = v[j * n + j] + added[from + j];
            if (!(pivot > 0) || !Double.isFinite(pivot)) {
                return false;
            }
            double root = Math.sqrt(pivot);
            v[j * n + j] = root;
            for (int i = 0; i < j; i++) {
                v[i * n + j] /= root;
            }
            for (int i = 0; i < j; i++) {
                for (int k = i; k < j; k++) {
                    v[i * n + k] -= v[i * n + j] * v[k * n + j];
                }
            }
        }
        double[] inverse = new double[n * n];
        for (int j = 0; j < n; j++) {
            inverse[j * n + j] = 1 / v[j * n + j];
            for (int i = j - 1; i >= 0; i--) {
                double sum = 0;
                for (int k = i + 1; k <= j; k++) {
                    sum += v[i * n + k] * inverse[k * n + j];
                }
                inverse[i * n + j] = -sum / v[i * n + i];
            }
        }
        try (NDManager scope = u.getManager().newSubManager()) {
            u.set(new NDIndex(":, :"), scope.create(inverse, new Shape(n, n)));
        }
        return true;
    }
}
