package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of packed inference. {@link ScalarKernels} is the definition; other implementations agree with it exactly
 * on whole numbers (in floats, below 2^24) and to float32 rounding elsewhere. Implementations are stateless.
 *
 * <p>Throughout, {@code rows} are row-major with {@code stride} elements from one row to the next, and all offsets count
 * elements. Packed weights are in memory segments, which may be a file's: native ones, since compiled loops that have met both
 * native memory and arrays become slow. Panels are described in the package documentation.
 */
public interface Kernels {
    /** Elements of scratch that {@link #tileSums} needs. */
    int TILE_SCRATCH = 2816;

    /** From so many tokens on it pays to prepare them as {@code many}. */
    int MANY_TOKENS = 8;

    /** A short name for logs: {@code scalar}, or {@code vector} with the register width. */
    String name();

    /** The panel widths that {@link #panelProduct} takes, largest first; each divides the one before. */
    int[] panelWidths();

    /**
     * Multiplies rows with a panel: {@code sums[sumsOffset + r * sumsStride + t] = sum over k of rows[rowsOffset + r * stride + k]
     * * panel[panelOffset + k * panelStride + t]}, added to what {@code sums} holds if {@code accumulate}.
     *
     * @param width of the panel, one of {@link #panelWidths}
     */
    void panelProduct(
            float[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] panel,
            int panelOffset,
            int panelStride,
            int width,
            float[] sums,
            int sumsOffset,
            int sumsStride,
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
            MemorySegment rows,
            long rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset);

    /**
     * Rounds a vector to whole multiples of a step, for {@link #roundedDots}; the step is chosen by its sizes, a hundredth of the largest
     * value or so.
     *
     * @param columns an even number
     * @param codes receives the multiples of the even columns, from its beginning, and behind them those of the odd ones
     * @return the step; 0 if all values are 0
     */
    float roundForBytes(float[] x, int xOffset, int columns, short[] codes);

    /**
     * Multiplies rows of signed bytes with a rounded vector: {@code sums[r] = sum over k of rows[..] * code of column k}.
     *
     * @param columns an even number
     * @param codes as {@link #roundForBytes} of the same implementation made them
     */
    void roundedDots(
            MemorySegment rows, long rowsOffset, int stride, int rowCount, int columns, short[] codes, int[] sums);

    /**
     * Writes the largest of {@code values[i] - radius * norms[i]} to {@code bounds[0]}, and the largest of {@code values[i] + radius *
     * norms[i]} to {@code bounds[1]}; at least one value, and no radius that is not a number.
     */
    void largestBounds(float[] values, int offset, int count, float[] norms, float radius, float[] bounds);

    /** Bytes that {@link #prepare} writes for {@code rowBytes} bytes of packed codes in a row, whole units. */
    int preparedBytes(CodeForm form, int rowBytes, boolean many);

    /**
     * Makes one token's codes of a group of columns ready for {@link #tileSums} over the same group. What it writes is the
     * implementation's own.
     *
     * @param x codes from -128 to 127 for {@code form.columns(rowBytes)} columns, and 32 more elements of any value
     * @param many whether the product will be of {@link #MANY_TOKENS} tokens or more, and not of fewer: other preparations may
     *     then be faster
     */
    void prepare(
            CodeForm form, short[] x, int xOffset, int rowBytes, boolean many, byte[] prepared, int preparedOffset);

    /**
     * Multiplies tiles of packed rows with the prepared codes of some tokens, in whole numbers: {@code sums[sumsOffset + t *
     * sumsStride + 64 * i + r] = sum over columns k of (digit - form.base()) * x[k]} for row r of tile i and codes x of token t.
     * The layout of tiles is {@link WeightMatrix}'s. Tokens at once take less time than one after the other.
     *
     * @param tilesOffset the first byte of the first tile that takes part
     * @param tileStride bytes from one tile to the next
     * @param rowBytes bytes of a row that take part, at least 1
     * @param tokens from 1
     * @param many as the tokens were prepared
     * @param preparedStride from one token's prepared codes to the next one's
     * @param scratch at least {@link #TILE_SCRATCH} elements
     */
    void tileSums(
            CodeForm form,
            MemorySegment tiles,
            long tilesOffset,
            long tileStride,
            int tileCount,
            int rowBytes,
            int tokens,
            boolean many,
            byte[] prepared,
            int preparedOffset,
            int preparedStride,
            int[] sums,
            int sumsOffset,
            int sumsStride,
            int[] scratch);

    /** Whether {@link #tileSums} takes {@link CodeForm#TERNARY_5IN3} as they are; if not, it is faster with {@link CodeForm#TERNARY_2BIT}. */
    boolean prefersTernary5In3();

    /**
     * From how many tokens on a product with what {@link #unpackTile} gives takes less time than {@link #tileSums}; {@code
     * Integer.MAX_VALUE} for never.
     *
     * @param rowBytes bytes of a group of columns
     * @param digits codes that a token's input is made of; 1 if it is codes already
     */
    int unpacksFrom(CodeForm form, int rowBytes, int digits);

    /**
     * Unpacks columns of the 64 rows of a tile: {@code out[outOffset + 64 * k + r] = scales[weightsOffset + r] * code +
     * zeros[weightsOffset + r]}, a panel as {@link #panelProduct} takes it. Without scales it is {@code digit - form.base()}.
     *
     * @param tilesOffset the first byte that takes part
     * @param rowBytes bytes of a row that take part
     * @param scales null for none
     * @param zeros null for none
     */
    void unpackTile(
            CodeForm form,
            MemorySegment tiles,
            long tilesOffset,
            int rowBytes,
            float[] scales,
            float[] zeros,
            int weightsOffset,
            float[] out,
            int outOffset);

    /**
     * Gives sums of codes their scales: {@code out[outOffset + r] += scale * (weightScales[w] * p + weightZeros[w] * total) + zero *
     * (weightScales[w] * codeSums[w] + weightZeros[w] * columns)} with {@code w = weightsOffset + r} and {@code p = factor * sums[sumsOffset + r] -
     * subtrahend}.
     *
     * @param weightZeros null for none
     * @param codeSums not read if {@code zero} is 0
     */
    void addSums(
            int[] sums,
            int sumsOffset,
            int count,
            int factor,
            int subtrahend,
            float[] weightScales,
            float[] weightZeros,
            float[] codeSums,
            int weightsOffset,
            float total,
            float columns,
            float scale,
            float zero,
            float[] out,
            int outOffset);

    /** Writes signed bytes as floats. */
    void widen(MemorySegment codes, long offset, int count, float[] out, int outOffset);

    /** Scores to probabilities, in place: {@code exp(scale * (s - max)) / sum}; at least one finite score. */
    void softmax(float[] scores, int offset, int count, float scale);

    /** GPT-2's GELU in place: {@code 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))}. */
    void gelu(float[] values, int offset, int count);

    /** GELU by the error function, in place: {@code 0.5 x (1 + erf(x / sqrt(2)))}. */
    void erfGelu(float[] values, int offset, int count);

    /** Layer norm of a token: {@code (x - mean) / sqrt(variance + epsilon) * weight + bias}. */
    void layerNorm(
            float[] in,
            int inOffset,
            int features,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] out,
            int outOffset);

    /** Norm of a token by the root mean square: {@code x / sqrt(mean of squares + epsilon) * weight}. */
    void rmsNorm(float[] in, int inOffset, int features, float[] weight, float epsilon, float[] out, int outOffset);

    /** A gated value: {@code values[out + i] = silu(values[gate + i]) * values[value + i]}, {@code out} at most {@code gate}. */
    void gate(float[] values, int gate, int value, int count, int out);

    /** Writes the smallest value of some, at least one, to {@code range[rangeOffset]} and the largest behind it. */
    void range(float[] values, int offset, int count, float[] range, int rangeOffset);

    /** The sum of some values. */
    float sum(float[] values, int offset, int count);

    /** The sum of some values from -128 to 127. */
    int sum(short[] values, int offset, int count);

    /** Adds values to others: {@code target[i] += values[i]}. */
    void add(float[] target, int targetOffset, float[] values, int valuesOffset, int count);

    /** The index of the largest value of all, the first if there are several. */
    int indexOfLargest(float[] values);

    /**
     * Turns values into codes in place: {@code clamp(round((x - zero) / scale), low, high) - shift}, rounding half to even. Bounds
     * are whole numbers below 2^22.
     */
    void quantize(float[] values, int offset, int count, float zero, float scale, float low, float high, float shift);

    /** As {@link #quantize(float[], int, int, float, float, float, float, float)}, into {@code codes} from its beginning. */
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
