package io.bantam.compression.ptq;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The upper triangular U with {@code U^T U = H^-1} for a symmetric, positive definite H; row-major, {@code n * n}.
 *
 * <p>With J the reversal of order and {@code J H J = R^T R} (R upper): {@code U = J (R^-1)^T J}. One Cholesky factorization
 * and one triangular inverse, {@code 2/3 n^3} multiplications and additions, in blocks of {@value #BLOCK} rows so that the
 * inner loops run over rows that stay in the cache.
 */
final class InverseFactor {
    private static final int BLOCK = 64;

    private InverseFactor() {}

    /**
     * @param symmetric H, only its upper triangle is read; not changed
     * @return U, or null if H is not positive definite
     */
    static double[] of(double[] symmetric, int n) {
        double[] r = reversed(symmetric, n);
        if (!factor(r, n)) {
            return null;
        }
        // (R^-1)^T is lower triangular, and reversing both orders makes it upper again.
        double[] inverse = invert(r, n);
        double[] u = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                u[i * n + j] = inverse[(n - 1 - j) * n + n - 1 - i];
            }
        }
        return u;
    }

    private static double[] reversed(double[] symmetric, int n) {
        double[] reversed = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                reversed[(n - 1 - j) * n + n - 1 - i] = symmetric[i * n + j];
            }
        }
        return reversed;
    }

    /** Replaces the upper triangle of A by R with {@code R^T R = A}; false if a pivot is not positive. */
    private static boolean factor(double[] a, int n) {
        for (int from = 0; from < n; from += BLOCK) {
            int start = from;
            int end = Math.min(n, from + BLOCK);
            for (int k = start; k < end; k++) {
                eliminate(a, n, start, k, k);
                double pivot = a[k * n + k];
                if (!(pivot > 0) || !Double.isFinite(pivot)) {
                    return false;
                }
                double scale = 1 / Math.sqrt(pivot);
                for (int j = k; j < n; j++) {
                    a[k * n + j] *= scale;
                }
            }
            IntStream.range(end, n).parallel().forEach(row -> eliminate(a, n, start, end, row));
        }
        return true;
    }

    /** Subtracts {@code R[k][row] * R[k]} for k from {@code start} to {@code end - 1} from a row, right of its diagonal. */
    private static void eliminate(double[] a, int n, int start, int end, int row) {
        int first = start * n + row;
        Rows.subtractScaled(a, first, n, end - start, a, first, n, a, row * n + row, n - row);
    }

    /** The inverse X of an upper triangular R, from {@code X R = I}. */
    private static double[] invert(double[] r, int n) {
        double[] x = new double[n * n];
        int panels = (n + BLOCK - 1) / BLOCK;
        IntStream.range(0, panels).parallel().forEach(panel -> {
            int first = panel * BLOCK;
            int last = Math.min(n, first + BLOCK);
            for (int row = first; row < last; row++) {
                Arrays.fill(x, row * n, (row + 1) * n, 0);
                x[row * n + row] = 1;
            }
            for (int from = first; from < n; from += BLOCK) {
                int to = Math.min(n, from + BLOCK);
                for (int row = first; row < last; row++) {
                    int start = Math.max(row, from);
                    for (int j = start; j < to; j++) {
                        double value = x[row * n + j] / r[j * n + j];
                        x[row * n + j] = value;
                        Rows.addScaled(-value, r, j * n + j + 1, x, row * n + j + 1, to - j - 1);
                    }
                    Rows.subtractScaled(
                            x, row * n + start, 1, to - start, r, start * n + to, n, x, row * n + to, n - to);
                }
            }
        });
        return x;
    }
}
