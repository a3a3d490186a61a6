package io.bantam.runtime.kernel;

/**
 * Euclidean lengths of a matrix's rows, or bounds of them from above: {@code factor * norms[row]}.
 *
 * @param norms one a row, not negative; there may be more elements behind them
 */
public record RowNorms(float[] norms, float factor) {}
