package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of packed inference. {@link ScalarKernels} is the definition; other implementations agree with it
 * exactly on whole numbers (in floats, below 2^24) and to float32 rounding elsewhere. Implementations are stateless.
 *
 * <p>Matrices are row-major, with {@code stride} elements from one row to the next; all offsets count elements.
 * Operands that travel together are bundled in small mutable objects, of which each thread makes its own once ({@link
 * PanelOperands}, {@link PanelInputs}, {@link TileRange}, {@link PreparedTokens} and {@link TileSums}). Packed weights
 * are in memory segments, which may be a file's: native ones, since compiled loops that have met both native memory and
 * arrays become slow.
 */
public interface Kernels {
    /** Tokens from which on the {@link #tileProduct} for many is the faster one. */
    int MANY_TOKENS = 8;

    /** A short name for logs: {@code scalar}, or {@code vector} with the register width. */
    String name();

    /** The panel widths that {@link #panelProduct} takes, largest first; each divides the one before. */
    int[] panelWidths();

    /**
     * Multiplies rows with a panel: {@code sums(r, t) = sum over k of rows(r, k) * panel(k, t)}, added to what is there
     * if {@code accumulate}.
     *
     * @param width columns of the panel, one of {@link #panelWidths}
     */
    void panelProduct(PanelOperands operands, int rowCount, int columns, int width, boolean accumulate);

    /**
     * Multiplies rows with a vector: {@code sums[r] = sum over k of rows[rowsOffset + r * stride + k] * x[xOffset +
     * k]}.
     */
    void dots(
            float[] rows, int rowsOffset, int stride, int rowCount, int columns, float[] x, int xOffset, float[] sums);

    /** Multiplies rows of signed bytes with a vector, as {@link #dots} does rows of float32. */
    void byteDots(
            MemorySegment rows,
            long rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums);

    /**
     * Rounds a vector to whole multiples of a step, for {@link #roundedDots}; the step is chosen by its sizes, a
     * hundredth of the largest value or so.
     *
     * @param columns an even number
     * @param codes receives the multiples of the even columns, from its beginning, and behind them those of the odd
     *     ones
     * @return the step; 0 if all values are 0
     */
    float roundForBytes(float[] x, int xOffset, int columns, short[] codes);

    /**
     * Multiplies rows of signed bytes with a rounded vector: {@code sums[r] = sum over k of rows[..] * code of column
     * k}.
     *
     * @param columns an even number
     * @param codes as {@link #roundForBytes} of the same implementation made them
     */
    void roundedDots(
            MemorySegment rows, long rowsOffset, int stride, int rowCount, int columns, short[] codes, int[] sums);

    /**
     * Writes the largest of {@code values[i] - radius * norms[i]} to {@code bounds[0]}, and the largest of {@code
     * values[i] + radius * norms[i]} to {@code bounds[1]}; at least one value, and no radius that is not a number.
     */
    void largestBounds(float[] values, int offset, int count, float[] norms, float radius, float[] bounds);

    /**
     * The form in which ternary codes are multiplied fastest: {@link CodeForm#TERNARY_5IN3} or {@link
     * CodeForm#TERNARY_2BIT}.
     */
    CodeForm ternaryForm();

    /**
     * Chooses the product of tiles of a form with tokens' codes. It is asked for once for each linear and for few and
     * many tokens, not for each product.
     *
     * @param rowBytes bytes of a row, or of a group of columns, that are multiplied: whole units, at least one
     * @param many whether there will be {@link #MANY_TOKENS} tokens or more, or fewer
     */
    TileProduct tileProduct(CodeForm form, int rowBytes, boolean many);

    /**
     * From how many tokens on a panel product with unpacked tiles takes less time than a {@link #tileProduct}; {@code
     * Integer.MAX_VALUE} for never.
     *
     * @param rowBytes bytes of a group of columns
     * @param digits codes that a token's input is made of; 1 if it is codes already
     */
    int unpacksFrom(CodeForm form, int rowBytes, int digits);

    /**
     * Unpacks columns of the 64 rows of a tile to weights: {@code out[64 * k + r] = scale * code + zero}, a panel as
     * {@link #panelProduct} takes it.
     *
     * @param tile one tile, from its first byte that takes part
     * @param rowBytes bytes of a row that take part
     * @param scales those of {@link TiledWeights}
     * @param at where the first row's scale is within them
     */
    void unpackWeights(CodeForm form, TileRange tile, int rowBytes, GroupScales scales, int at, float[] out);

    /**
     * Unpacks columns of the 64 rows of a tile to {@code out[64 * k + r] = digit - form.base()}; parameters are those
     * of {@link #unpackWeights}.
     */
    void unpackDigits(CodeForm form, TileRange tile, int rowBytes, float[] out);

    /**
     * Gives sums of a {@link TileProduct} with one token their scales: {@code out[outOffset + r] += s * (weightScale *
     * p + weightZero * total) + z * (weightScale * codeSum + weightZero * columns)} with {@code p = form.factor() *
     * sums[sumsOffset + r] - form.shift() * total} and the input's scale s, zero z and total.
     *
     * <p>The input's numbers are plain parameters for a reason: in an object that is set before each call they made the
     * call 4 to 16 % slower (128 rows, 512 bits), since it is as short as some 25 ns.
     *
     * @param weights scales of {@link TiledWeights}; sums of codes are not read if z is 0
     * @param at where the first row's scale is within them
     * @param count rows
     * @param total the sum of the token's codes
     * @param scale of the token's codes
     * @param zero of the token's codes
     */
    void addSums(
            CodeForm form,
            GroupScales weights,
            int at,
            int count,
            int[] sums,
            int sumsOffset,
            int total,
            float scale,
            float zero,
            float[] out,
            int outOffset);

    /**
     * Gives the codes' product of some rows and a panel its scales, in one group: {@code out(r, t) += scales[lane + t]
     * * (weightScale * sums(r, t) + weightZero * totals[totalsOffset + t]) + zeros[lane + t] * (weightScale * codeSum +
     * weightZero * columns)}, the last part only if the weights have sums of codes. Both matrices are {@code [rowCount,
     * inputs.width]}.
     */
    void addPanelProduct(
            GroupScales weights, int group, int firstRow, int rowCount, PanelInputs inputs, float[] sums, float[] out);

    /** Writes signed bytes as floats. */
    void widen(MemorySegment codes, long offset, int count, float[] out, int outOffset);

    /** Turns scores into probabilities, in place: {@code exp(scale * (s - max)) / sum}; at least one finite score. */
    void softmax(float[] scores, int offset, int count, float scale);

    /** Computes GPT-2's GELU in place: {@code 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))}. */
    void gelu(float[] values, int offset, int count);

    /** Computes the GELU with the error function in place: {@code 0.5 x (1 + erf(x / sqrt(2)))}. */
    void erfGelu(float[] values, int offset, int count);

    /** Writes the layer norm of one token's features: {@code (x - mean) / sqrt(variance + epsilon) * weight + bias}. */
    void layerNorm(
            float[] in,
            int inOffset,
            int features,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] out,
            int outOffset);

    /**
     * Writes the root-mean-square norm of one token's features: {@code x / sqrt(mean of squares + epsilon) * weight}.
     */
    void rmsNorm(float[] in, int inOffset, int features, float[] weight, float epsilon, float[] out, int outOffset);

    /**
     * Writes gated values (SwiGLU): {@code values[out + i] = silu(values[gate + i]) * values[value + i]}, {@code out}
     * at most {@code gate}.
     */
    void gate(float[] values, int gate, int value, int count, int out);

    /**
     * Writes the smallest of {@code count} values, at least one, to {@code range[rangeOffset]} and the largest behind
     * it.
     */
    void range(float[] values, int offset, int count, float[] range, int rangeOffset);

    /** Returns the sum of {@code count} values, in an order of the implementation's own that never changes. */
    float sum(float[] values, int offset, int count);

    /** Returns the sum of {@code count} values from -128 to 127. */
    int sum(short[] values, int offset, int count);

    /** Adds values to others: {@code target[i] += values[i]}. */
    void add(float[] target, int targetOffset, float[] values, int valuesOffset, int count);

    /** Returns the index of the largest of all values, the first if there are several. */
    int indexOfLargest(float[] values);

    /**
     * Turns values into codes in place: {@code clamp(round((x - zero) / scale), low, high) - shift}, rounding half to
     * even. Bounds are whole numbers below 2^22.
     */
    void quantize(float[] values, int offset, int count, float zero, float scale, float low, float high, float shift);

    /**
     * Turns values into codes, as the other method of this name, but writes them to {@code codes} from its beginning.
     */
    void quantize(
            float[] values,
            int offset,
            int count,
            float zero,
            float scale,
            float low,
            float high,
            int shift,
            short[] codes);

    /** The fastest implementation that this Java runtime can run; chosen once and logged. */
    static Kernels best() {
        return KernelProvider.BEST;
    }
}
