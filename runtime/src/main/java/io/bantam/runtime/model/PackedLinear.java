package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.RowNorms;
import io.bantam.runtime.kernel.RowWeights;
import io.bantam.runtime.kernel.TiledWeights;
import io.bantam.runtime.kernel.WeightMatrix;
import java.util.Arrays;

/**
 * A linear on packed weights: {@code y = W x + b}, with the input normalized and quantized first where the model asks
 * for it. Immutable: it says what is multiplied and how; the memory and the threads are those of the products that run
 * it, in a {@link Workspace}.
 *
 * <p>With weights {@code sw cw + zw} and activations {@code sa ca + za}, codes {@code c}, the product over a group of n
 * columns is {@code sa (sw P + zw A) + za (sw C + zw n)}, where P = sum of cw ca is the only part that takes time, A =
 * sum of ca is computed once per token and C = sum of cw once per model. P is a whole number and computed as one.
 * Activations in floating point are their own codes, or are taken apart into codes, see {@link TiledLinear}.
 */
abstract sealed class PackedLinear permits TiledLinear, PanelLinear {
    /** What becomes of a product. */
    enum Target {
        /** It is stored. */
        STORE,
        /** GELU of it is stored. */
        GELU,
        /** GELU by the error function is. */
        ERF_GELU,
        /** It is added to what is there, the residual stream. */
        ADD;

        /** Puts finished values of some rows of one token where they belong; GELU is applied within {@code values}. */
        void put(Kernels kernels, float[] values, int offset, int count, float[] out, int outOffset) {
            switch (this) {
                case ADD -> kernels.add(out, outOffset, values, offset, count);
                case GELU -> {
                    kernels.gelu(values, offset, count);
                    System.arraycopy(values, offset, out, outOffset, count);
                }
                case ERF_GELU -> {
                    kernels.erfGelu(values, offset, count);
                    System.arraycopy(values, offset, out, outOffset, count);
                }
                case STORE -> System.arraycopy(values, offset, out, outOffset, count);
            }
        }
    }

    /** Half of the last place of a number between 1 and 2, in float32. */
    private static final double HALF_ULP = 0x1p-24;
    /** Roundings behind a sum of products: scales, zeros, bias and groups. */
    private static final int ROUNDINGS_BEHIND = 64;

    private static final float[] NO_BIAS = {};

    private final ActivationQuantization activations;
    private final Range range;
    private final float[] bias;

    PackedLinear(float[] bias, ActivationQuantization activations, Range range) {
        this.bias = bias == null ? NO_BIAS : bias;
        this.activations = activations;
        this.range = range;
    }

    /**
     * Makes a linear.
     *
     * @param bias one value per row, or null for none
     * @param range the fixed range of the input; null if the input is not quantized or has a range per token
     * @param digits for inputs in floating point, see {@link TiledLinear}
     */
    static PackedLinear of(
            Kernels kernels,
            WeightMatrix weights,
            float[] bias,
            ActivationQuantization activations,
            Range range,
            int digits) {
        return switch (weights) {
            case TiledWeights tiles -> new TiledLinear(kernels, tiles, bias, activations, range, digits);
            case RowWeights rows -> new PanelLinear(rows, bias, activations, range);
        };
    }

    /** The weights, {@code [outputs, inputs]}. */
    abstract WeightMatrix weights();

    /** How inputs are quantized. */
    final ActivationQuantization activations() {
        return activations;
    }

    /** The fixed range of the input; null if it is not quantized or has a range per token. */
    final Range range() {
        return range;
    }

    /** Whether inputs are quantized with one scale a token, not one for each group of features. */
    final boolean hasOneScale() {
        return activations.enabled() && activations.group() == 0;
    }

    /**
     * Multiplies tokens.
     *
     * @param in {@code [tokens, columns]}; without a norm it is destroyed if activations are quantized
     * @param norm applied first, or null; with it {@code in} stays as it is
     * @param out {@code [tokens, rows]}
     */
    abstract void apply(Workspace workspace, int tokens, float[] in, Norm norm, Target target, float[] out);

    /** Whether {@link #estimate} takes much less time than {@link #apply}. */
    abstract boolean estimates();

    /** The lengths of the rows of weights, computed anew; only if {@link #estimates}. */
    abstract RowNorms rowNorms();

    /**
     * Multiplies one token whose features are rounded first; only if {@link #estimates}.
     *
     * @param in as {@link #apply} takes it
     * @param out receives the estimates
     * @return a bound of {@code |estimate - output|} for a row of weights of length 1, {@code output} as {@link #apply}
     *     computes it
     */
    abstract float estimate(Workspace workspace, float[] in, Norm norm, float[] out);

    /** Rows that {@link #applyTo} takes together. */
    abstract int chunkRows();

    /**
     * Multiplies one token with some chunks of rows, as {@link #apply} does.
     *
     * @param chunks numbers of chunks, the first {@code count} of them
     * @param out receives their rows' outputs where {@link #apply} writes them; others stay
     */
    abstract void applyTo(Workspace workspace, float[] in, Norm norm, int[] chunks, int count, float[] out);

    /**
     * What {@link #estimate} returns: the length of what rounding took from the input, and what float32 may lose in
     * sums of the products of both, in any order.
     *
     * @param rounded the length of the difference
     * @param length of the input
     */
    final float lost(double rounded, double length) {
        return (float) (rounded + (weights().columns() + ROUNDINGS_BEHIND) * HALF_ULP * 2 * length);
    }

    /** Writes the bias of some rows, or zeros. */
    final void bias(int firstRow, int count, float[] values, int offset) {
        if (bias.length == 0) {
            Arrays.fill(values, offset, offset + count, 0f);
        } else {
            System.arraycopy(bias, firstRow, values, offset, count);
        }
    }

    /** The bias of a row, or 0. */
    final float bias(int row) {
        return bias.length == 0 ? 0 : bias[row];
    }
}
