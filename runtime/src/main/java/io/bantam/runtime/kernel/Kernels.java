package io.bantam.runtime.kernel;

/**
 * The inner loops of packed inference. {@link ScalarKernels} is the definition; other implementations agree with it exactly
 * on whole numbers below 2^24 and to float32 rounding elsewhere. Implementations are stateless.
 *
 * <p>Throughout, {@code rows} are row-major with {@code stride} elements from one row to the next, and all offsets count
 * elements. Panels are described in the package documentation.
 */
public interface Kernels {
    /** A short name for logs: {@code scalar}, or {@code vector} with the register width. */
    String name();

    /** The panel widths that {@link #panelProduct} takes, largest first; each divides the one before. */
    int[] panelWidths();

    /** Codes per block of the 4-bit layout of {@link #nibbleDots}; even. */
    int nibbleBlock();

    /**
     * Multiplies rows with a panel: {@code sums[sumsOffset + r * width + t] = sum over k of rows[rowsOffset + r * stride + k]
     * * panel[panelOffset + k * width + t]}, added to what {@code sums} holds if {@code accumulate}.
     */
    void panelProduct(
            float[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] panel,
            int panelOffset,
            int width,
            float[] sums,
            int sumsOffset,
            boolean accumulate);

    /** Multiplies rows with a vector: {@code sums[sumsOffset + r] = sum over k of rows[..] * x[xOffset + k]}. */
    void dots(
            float[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset);

    /** As {@link #dots} with signed bytes for weights. */
    void byteDots(
            byte[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset);

    /**
     * As {@link #dots} with signed 4-bit weights in blocks of {@link #nibbleBlock} codes: byte i of a block's first half-block
     * of bytes holds code i in its low and code i + block / 2 in its high half, in two's complement. {@code columns} is a
     * multiple of the block; {@code stride} and {@code rowsOffset} count bytes.
     */
    void nibbleDots(
            byte[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset);

    /**
     * Multiplies rows of signs (bit 1: +1, bit 0: -1; column k is bit k mod 64 of word k / 64) with a vector.
     *
     * @param total the sum of {@code x} over the columns
     */
    void signDots(
            long[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float total,
            float[] sums,
            int sumsOffset);

    /** Multiplies rows of -1, 0 and +1 with a vector; {@code plus} and {@code minus} mark the columns, as in signDots. */
    void tritDots(
            long[] plus,
            long[] minus,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset);

    /** Writes signs as -1 and +1. */
    void unpackSigns(long[] words, int offset, int columns, float[] out, int outOffset);

    /** Writes -1, 0 and +1. */
    void unpackTrits(long[] plus, long[] minus, int offset, int columns, float[] out, int outOffset);

    /** Writes 4-bit codes, in the layout of {@link #nibbleDots}, as floats; {@code columns} is a multiple of the block. */
    void unpackNibbles(byte[] codes, int offset, int columns, float[] out, int outOffset);

    /** Writes signed bytes as floats. */
    void widen(byte[] codes, int offset, int count, float[] out, int outOffset);

    /**
     * Scores to probabilities, for each token of a panel: {@code exp(scale * (s - max)) / sum}, over {@code count} keys.
     *
     * @param scores {@code [count * width]}, replaced; at least one finite score for each token
     */
    void softmax(float[] scores, int count, int width, float scale);

    /** GPT-2's GELU in place: {@code 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))}. */
    void gelu(float[] values, int offset, int count);

    /**
     * Layer norm of every token of a panel over its features: {@code (x - mean) / sqrt(variance + epsilon) * weight + bias}.
     * {@code in} and {@code out} may be the same place.
     */
    void layerNorm(
            float[] in,
            int inOffset,
            int features,
            int width,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] out,
            int outOffset);

    /** The smallest and the largest feature of every token of a panel. */
    void ranges(float[] panel, int offset, int features, int width, float[] lowest, float[] highest);

    /** The sum over features of every token of a panel: {@code sums[sumsOffset + t]}. */
    void sums(float[] panel, int offset, int features, int width, float[] sums, int sumsOffset);

    /**
     * Turns a panel into codes: {@code clamp(round((x - zeros[t]) / scales[t]), low, high) - shift}, rounding half to even. Bounds
     * are whole numbers below 2^22.
     */
    void quantize(
            float[] panel,
            int offset,
            int features,
            int width,
            float[] zeros,
            float[] scales,
            float low,
            float high,
            float shift);

    /**
     * Gives the codes' product of one row and one group its scales: {@code out[outOffset + t] += scales[lane + t] * (weightScale *
     * sums[sumsOffset + t] + weightZero * totals[totalsOffset + t]) + zeros[lane + t] * constant}. Totals are not read if {@code
     * weightZero} is 0, nor zeros if {@code constant} is 0.
     */
    void addProduct(
            float[] sums,
            int sumsOffset,
            int width,
            float weightScale,
            float weightZero,
            float[] totals,
            int totalsOffset,
            float[] scales,
            float[] zeros,
            int lane,
            float constant,
            float[] out,
            int outOffset);

    /** The fastest implementation that this Java runtime can run; chosen once and logged. */
    static Kernels best() {
        return KernelProvider.BEST;
    }
}
