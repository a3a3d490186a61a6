package io.bantam.runtime.kernel;

/** The error function, {@code 2 / sqrt(pi)} times the integral of {@code exp(-t^2)} from 0 to x. */
public final class ErrorFunction {
    /** Beyond it the function is 1 in double precision. */
    private static final double END = 6;

    private ErrorFunction() {}

    /** The function's value, but for the last digits. */
    public static double erf(double x) {
        double z = Math.abs(x);
        if (!(z < END)) {
            return Double.isNaN(x) ? x : Math.signum(x);
        }
        // 2 z exp(-z^2) / sqrt(pi) * sum of (2 z^2)^n / (1 * 3 * ... * (2 n + 1)): no term is negative.
        double term = 1;
        double sum = 1;
        for (int n = 1; term > 1e-17 * sum; n++) {
            term *= 2 * z * z / (2 * n + 1);
            sum += term;
        }
        return Math.copySign(2 * z * Math.exp(-z * z) / Math.sqrt(Math.PI) * sum, x);
    }
}
