package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.format.Tiles;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.util.Arrays;

/**
 * A linear whose codes are kept as tiles and multiplied by look-up. Tokens are prepared first, as many as the second-level cache
 * holds tables for, each by one thread; then threads share the rows, and every row meets all prepared tokens while it is in the
 * first-level cache.
 *
 * <p>Inputs in floating point are taken apart: scaled to whole numbers of 8 d bits and written with d digits of 8 bits with a sign,
 * {@code x = s (q0 + 256 q1 + 65536 q2)}, and each digit is multiplied like codes. With three digits that is as exact as float32
 * sums; two, exact to 2^-16 of the largest input, are enough behind layers with 8-bit inputs.
 *
 * <p>Where that takes less time, several tokens are multiplied with unpacked weights: {@link UnpackedProduct}.
 *
 * <p>Where groups of inputs have scales of their own, products are taken over parts of columns that have one scale of the weights and
 * one of the inputs. Asymmetric groups, and groups that begin within a byte, are put on their grids and go on in floating point.
 */
final class TiledLinear extends PackedLinear {
    /** Rows that a task multiplies: two tiles. */
    static final int ROWS = 2 * Tiles.ROWS;
    /** Codes of tokens, or digits of them, that are multiplied together. */
    static final int SLOTS = 64;

    /** The largest whole number used, a little below what the digits can write. */
    private static final float[] LARGEST = {0, 127, 32_600, 8_000_000};

    private final int digits;
    private final int rowBytes;
    /** Tokens from which on weights are unpacked, not looked up. */
    private final int unpacksFrom;
    /** Whether inputs become codes. */
    private final boolean codes;
    /** Parts of a row with one scale of the weights and one of the inputs. */
    private final int parts;
    /** Scales of a token's codes. */
    private final int inputScales;
    /** The same linear with one digit; null where this has no more. */
    private final TiledLinear estimator;

    TiledLinear(
            Kernels kernels,
            WeightMatrix weights,
            float[] bias,
            ActivationQuantization activations,
            Range range,
            int digits) {
        super(kernels, weights, bias, activations, range);
        this.rowBytes = weights.tileRowBytes();
        int columns = weights.columns();
        int groups = columns / activations.groupSize(columns);
        int both = leastCommonMultiple(weights.groupsPerRow(), groups);
        boolean wholeBytes = columns % (both * weights.form().unitColumns()) == 0;
        this.codes = activations.enabled() && (groups == 1 || activations.symmetric() && wholeBytes);
        this.inputScales = codes ? groups : 1;
        this.parts = codes ? both : weights.groupsPerRow();
        this.digits = codes ? 1 : digits;
        this.unpacksFrom = kernels.unpacksFrom(weights.form(), rowBytes / parts, this.digits);
        this.estimator =
                this.digits == 1 || unpacks(1) ? null : new TiledLinear(kernels, weights, bias, activations, range, 1);
    }

    /** Whether so many tokens go through {@link UnpackedProduct}. */
    boolean unpacks(int tokens) {
        return tokens >= unpacksFrom;
    }

    /** Whether so many tokens are prepared as many. */
    boolean many(int tokens) {
        return tokens * digits >= Kernels.MANY_TOKENS;
    }

    /** The most tokens of so many that are looked up together. */
    int lookedUp(int tokens) {
        return Math.min(tokens, unpacksFrom - 1);
    }

    /** Bytes of the tables of one token. */
    int preparedBytes(boolean many) {
        return digits * slotBytes(many);
    }

    /** Bytes of the tables of a token's codes or of one digit of them. */
    private int slotBytes(boolean many) {
        return parts * kernels.preparedBytes(weights.form(), rowBytes / parts, many);
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

    /** Sums of codes kept for one token. */
    int totals() {
        return digits * parts;
    }

    /** Features of a token that are written with digits; 0 where they are codes. */
    int takenApart() {
        return codes ? 0 : weights.columns();
    }

    int digits() {
        return digits;
    }

    /** Scales kept for one token. */
    int scales() {
        return digits * inputScales;
    }

    @Override
    void apply(Workspace workspace, int tokens, float[] in, Norm norm, Target target, float[] out) {
        if (unpacks(tokens)) {
            workspace.unpackedProduct.run(this, tokens, in, norm, target, out);
            return;
        }
        TiledProduct product = workspace.tiledProduct;
        boolean many = many(tokens);
        int parts = Math.ceilDiv(tokens, Math.max(1, product.prepared.length / preparedBytes(many)));
        int atOnce = Math.ceilDiv(tokens, parts);
        for (int first = 0; first < tokens; first += atOnce) {
            int count = Math.min(atOnce, tokens - first);
            product.run(this, first, count, many, in, norm, target, out);
        }
    }

    @Override
    boolean estimates() {
        return estimator != null;
    }

    @Override
    int chunkRows() {
        return ROWS;
    }

    @Override
    float estimate(Workspace workspace, float[] in, Norm norm, float[] out) {
        TiledProduct product = workspace.tiledProduct;
        product.run(estimator, 0, 1, false, in, norm, Target.STORE, out);
        // A single token is prepared by the calling thread.
        float[] x = norm == null ? in : product.values[0];
        short[] codes = product.codes[0];
        float scale = product.scales.scales[0];
        double rounded = 0;
        double squares = 0;
        for (int k = 0; k < weights.columns(); k++) {
            float difference = x[k] - scale * codes[k];
            rounded += difference * difference;
            squares += x[k] * x[k];
        }
        // Two digits round too, by half of their smallest step.
        double smallest = scale * LARGEST[1] / LARGEST[digits];
        return lost(Math.sqrt(rounded) + smallest * Math.sqrt(weights.columns()), Math.sqrt(squares));
    }

    @Override
    void applyTo(Workspace workspace, float[] in, Norm norm, int[] chunks, int count, float[] out) {
        workspace.tiledProduct.run(this, in, norm, chunks, count, out);
    }

    /** Normalizes, quantizes and prepares one token. */
    void prepare(int token, int slot, int worker, TiledProduct product) {
        int columns = weights.columns();
        float[] x = product.in;
        int at = token * columns;
        if (product.norm != null) {
            float[] normed = product.values[worker];
            product.norm.apply(kernels, x, at, normed, 0);
            x = normed;
            at = 0;
        }
        short[] codes = product.codes[worker];
        // Columns that fill the last byte.
        Arrays.fill(codes, columns, weights.form().columns(rowBytes), (short) 0);
        if (this.codes) {
            if (inputScales == 1) {
                product.scales.quantize(activations, range, slot, x, at, columns, codes);
            } else {
                product.scales.quantizeGroups(activations, slot * inputScales, x, at, columns, codes);
            }
            prepareCodes(slot, codes, product);
            return;
        }
        if (activations.enabled()) {
            product.scales.putOnGrids(activations, slot * digits, x, at, columns);
        }
        float largest = product.scales.largest(slot * digits, x, at, columns);
        float inverse = largest == 0 ? 0 : LARGEST[digits] / largest;
        float scale = largest / LARGEST[digits];
        int[] whole = product.whole[worker];
        for (int k = 0; k < columns; k++) {
            whole[k] = (int) Math.rint(x[at + k] * inverse);
        }
        for (int digit = 0; digit < digits; digit++) {
            for (int k = 0; k < columns; k++) {
                int q = (byte) whole[k];
                codes[k] = (short) q;
                whole[k] = (whole[k] - q) >> 8;
            }
            product.scales.set(slot * digits + digit, scale, 0);
            prepareCodes(slot * digits + digit, codes, product);
            scale *= 256;
        }
    }

    private void prepareCodes(int slot, short[] codes, TiledProduct product) {
        int partColumns = weights.columns() / parts;
        int partBytes = rowBytes / parts;
        int partPrepared = kernels.preparedBytes(weights.form(), partBytes, product.many);
        for (int part = 0; part < parts; part++) {
            product.totals[slot * parts + part] = kernels.sum(codes, part * partColumns, partColumns);
            kernels.prepare(
                    weights.form(),
                    codes,
                    part * partColumns,
                    partBytes,
                    product.many,
                    product.prepared,
                    (slot * parts + part) * partPrepared);
        }
    }

    /** Multiplies the rows of two tiles with all prepared tokens, some codes of tokens or digits at a time. */
    void multiply(int pair, int worker, TiledProduct product) {
        int firstRow = pair * ROWS;
        int count = Math.min(ROWS, weights.rows() - firstRow);
        int tileCount = Math.ceilDiv(count, Tiles.ROWS);
        int groups = weights.groupsPerRow();
        int slotBytes = slotBytes(product.many);
        int[] sums = product.sums[worker];
        float[] values = product.outputs[worker];
        int slots = product.count * digits;
        int together = sums.length / ROWS;
        for (int first = 0; first < slots; first += together) {
            int end = Math.min(slots, first + together);
            for (int slot = first; slot < end; slot++) {
                if (slot % digits == 0) {
                    bias(firstRow, count, values, place(slot, together));
                }
            }
            for (int part = 0; part < parts; part++) {
                int inputScale = share(part, inputScales);
                weights.tileSums(
                        2 * pair,
                        tileCount,
                        part,
                        parts,
                        end - first,
                        product.many,
                        product.prepared,
                        first * slotBytes,
                        sums,
                        ROWS,
                        product.scratch[worker]);
                for (int slot = first; slot < end; slot++) {
                    weights.addSums(
                            firstRow,
                            count,
                            share(part, groups),
                            sums,
                            (slot - first) * ROWS,
                            product.totals[slot * parts + part],
                            product.scales.scales[slot * inputScales + inputScale],
                            product.scales.zeros[slot * inputScales + inputScale],
                            values,
                            place(slot, together));
                }
            }
            for (int slot = first; slot < end; slot++) {
                if ((slot + 1) % digits == 0) {
                    int token = product.first + slot / digits;
                    put(
                            values,
                            place(slot, together),
                            count,
                            product.target,
                            product.out,
                            token * weights.rows() + firstRow);
                }
            }
        }
    }

    /** Where the outputs of a slot's token are: neighbouring tokens must not share them. */
    private int place(int slot, int together) {
        return slot < digits ? 0 : slot / digits % together * ROWS;
    }

    /** Which of so many groups a part belongs to. */
    private int share(int part, int groups) {
        return part == 0 ? 0 : part * groups / parts;
    }
}
