package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.RowNorms;
import io.bantam.runtime.kernel.TileProduct;
import io.bantam.runtime.kernel.TiledWeights;

/**
 * A linear whose codes are kept as tiles. How it is multiplied is chosen once, when it is made, by the number of
 * tokens: with a {@link TileProduct} for few or for many tokens, by {@link TiledProduct}; or, where that takes less
 * time, with unpacked weights, by {@link UnpackedProduct}.
 *
 * <p>Inputs in floating point are taken apart: scaled to whole numbers of 8 d bits and written with d digits of 8 bits
 * with a sign, {@code x = s (q0 + 256 q1 + 65536 q2)}, and each digit is multiplied like codes. With three digits that
 * is as exact as float32 sums; two, exact to 2^-16 of the largest input, are enough behind layers with 8-bit inputs.
 *
 * <p>Where groups of inputs have scales of their own, products are taken over parts of columns that have one scale of
 * the weights and one of the inputs. Asymmetric groups, and groups that begin within a unit of the codes, are put on
 * their grids and go on in floating point.
 */
final class TiledLinear extends PackedLinear {
    private final TiledWeights weights;
    private final int digits;
    /** Whether inputs become codes. */
    private final boolean takesCodes;

    private final int parts;
    private final int inputScales;
    /** Tokens from which on weights are unpacked, not multiplied as codes. */
    private final int unpacksFrom;

    private final TileProduct productOfFew;
    private final TileProduct productOfMany;
    /** This linear with inputs of one digit; null where this has no more. */
    private final TiledLinear estimator;

    TiledLinear(
            Kernels kernels,
            TiledWeights weights,
            float[] bias,
            ActivationQuantization activations,
            Range range,
            int digits) {
        super(bias, activations, range);
        this.weights = weights;
        int columns = weights.columns();
        int weightGroups = weights.scales().groupsPerRow();
        int inputGroups = columns / activations.groupSize(columns);
        int both = leastCommonMultiple(weightGroups, inputGroups);
        boolean wholeUnits = columns % (both * weights.form().unitColumns()) == 0;
        takesCodes = activations.enabled() && (inputGroups == 1 || activations.symmetric() && wholeUnits);
        inputScales = takesCodes ? inputGroups : 1;
        parts = takesCodes ? both : weightGroups;
        this.digits = takesCodes ? 1 : digits;
        int partBytes = weights.rowBytes() / parts;
        unpacksFrom = kernels.unpacksFrom(weights.form(), partBytes, this.digits);
        productOfFew = kernels.tileProduct(weights.form(), partBytes, false);
        productOfMany = kernels.tileProduct(weights.form(), partBytes, true);
        estimator =
                this.digits == 1 || unpacks(1) ? null : new TiledLinear(kernels, weights, bias, activations, range, 1);
    }

    private static int leastCommonMultiple(int a, int b) {
        int divisor = a;
        for (int rest = b; rest > 0; ) {
            int next = divisor % rest;
            divisor = rest;
            rest = next;
        }
        return a / divisor * b;
    }

    @Override
    TiledWeights weights() {
        return weights;
    }

    /** Whether so many tokens go through {@link UnpackedProduct}. */
    boolean unpacks(int tokens) {
        return tokens >= unpacksFrom;
    }

    /** The most tokens, of so many, that go through {@link TiledProduct} together. */
    int tokensTogether(int tokens) {
        return Math.min(tokens, unpacksFrom - 1);
    }

    /** The product of part of a row with so many tokens. */
    TileProduct product(int tokens) {
        return tokens * digits >= Kernels.MANY_TOKENS ? productOfMany : productOfFew;
    }

    /** Bytes of one token as a product prepares it: parts of digits. */
    int preparedBytes(TileProduct product) {
        return digits * parts * product.preparedBytes();
    }

    /** Whether inputs become codes; else they are taken apart into digits. */
    boolean takesCodes() {
        return takesCodes;
    }

    /** Codes that each input is made of: 1 if it becomes a code itself. */
    int digits() {
        return digits;
    }

    /** Parts of a row with one scale of the weights and one of the inputs. */
    int parts() {
        return parts;
    }

    /** Scales of a token's codes, one a group of inputs. */
    int inputScales() {
        return inputScales;
    }

    @Override
    void apply(Workspace workspace, int tokens, float[] in, Norm norm, Target target, float[] out) {
        if (unpacks(tokens)) {
            workspace.unpackedProduct.run(this, tokens, in, norm, target, out);
        } else {
            workspace.tiledProduct.run(this, tokens, in, norm, target, out);
        }
    }

    @Override
    boolean estimates() {
        return estimator != null;
    }

    @Override
    RowNorms rowNorms() {
        return weights.rowNorms();
    }

    @Override
    int chunkRows() {
        return TiledProduct.ROWS;
    }

    @Override
    float estimate(Workspace workspace, float[] in, Norm norm, float[] out) {
        return workspace.tiledProduct.estimate(this, estimator, in, norm, out);
    }

    @Override
    void applyTo(Workspace workspace, float[] in, Norm norm, int[] chunks, int count, float[] out) {
        workspace.tiledProduct.run(this, in, norm, chunks, count, out);
    }
}
