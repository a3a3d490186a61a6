package io.bantam.compression.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.FloatMatrix;

/**
 * Additive quantization of a weight (AQLM, arXiv:2401.06118): runs of neighbouring weights of a row become sums of
 * codewords, one from each of {@code bits * vector / codeBits} codebooks.
 *
 * <p>Rows are divided by their root mean square. {@link ResidualKMeans} gives the first codes and codebooks; then
 * {@link CodebookFit} and {@link CodeSearch} take turns at lowering {@code tr((Q - W) M (Q - W)^T)}, M being the second
 * moments of the inputs, until a round brings less than a hundredth. {@link CodebookTuning} then fits the codebooks to
 * the output of a whole block.
 *
 * @param vector weights that a codeword stands for, at least 1; divides the columns
 * @param codeBits width of a code, 2 to 8
 * @param beam hypotheses that the search keeps, at least 1
 * @param rounds of fit and search at most
 * @param seed of the first codewords
 */
public record Aqlm(int vector, int codeBits, int beam, int rounds, long seed) {
    private static final double LEAST_GAIN = 0.01;

    public Aqlm {
        if (vector < 1 || codeBits < 2 || codeBits > 8 || beam < 1 || rounds < 0) {
            throw new IllegalArgumentException(
                    "AQLM needs codewords of at least 1 weight, codes of 2 to 8 bits and a beam"
                            + " of at least 1, not " + vector + ", " + codeBits + " and " + beam);
        }
    }

    /**
     * Quantizes one weight.
     *
     * @param parent of the memory used meanwhile
     * @param weight {@code [out, in]}
     * @param bits a weight; {@code bits * vector} must be a multiple of {@code codeBits}
     * @param moments second moments of the inputs, {@code in * in} values
     * @throws IllegalArgumentException if runs or codes do not come out even
     */
    public AdditiveCodebooks quantize(NDManager parent, FloatMatrix weight, int bits, double[] moments) {
        if (weight.columns() % vector != 0) {
            throw new IllegalArgumentException(
                    "codewords of " + vector + " weights do not divide the " + weight.columns() + " columns");
        }
        if (bits < 1 || bits * vector % codeBits != 0) {
            throw new IllegalArgumentException(bits + " bits for each of " + vector + " weights are no whole number of "
                    + codeBits + "-bit codes");
        }
        AdditiveCodebooks best = start(weight, bits * vector / codeBits);
        try (CodebookFit fit = new CodebookFit(parent, weight, moments)) {
            double error = error(weight, best, moments);
            AdditiveCodebooks next = fit.fit(best);
            for (int round = 0; round <= rounds; round++) {
                double nextError = error(weight, next, moments);
                boolean settled = nextError > (1 - LEAST_GAIN) * error;
                if (nextError < error) {
                    best = next;
                    error = nextError;
                }
                if (settled || round == rounds) {
                    break;
                }
                next = fit.fit(new CodeSearch(best, moments, beam).search(weight));
            }
        }
        return best;
    }

    private static double error(FloatMatrix weight, AdditiveCodebooks codes, double[] moments) {
        return InputStatistics.outputError(weight, codes.dequantize(), moments);
    }

    private AdditiveCodebooks start(FloatMatrix weight, int count) {
        int columns = weight.columns();
        float[] scales = new float[weight.rows()];
        float[] points = new float[weight.values().length];
        for (int row = 0; row < scales.length; row++) {
            double power = 0;
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                power += (double) weight.values()[i] * weight.values()[i];
            }
            scales[row] = (float) Math.sqrt(power / columns);
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                points[i] = scales[row] == 0 ? 0 : weight.values()[i] / scales[row];
            }
        }
        int[] found = new int[points.length / vector * count];
        float[] codebooks = new ResidualKMeans(vector, 1 << codeBits, seed).codebooks(points, count, found);
        byte[] codes = new byte[found.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) found[i];
        }
        return new AdditiveCodebooks(weight.rows(), columns, vector, codeBits, count, codes, codebooks, scales)
                .with(codebooks, scales);
    }
}
