package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The kernels with the Vector API, {@code jdk.incubator.vector}. This class only says which class has which kernel;
 * registers are described in {@link Registers}.
 */
public final class VectorKernels implements Kernels {
    @Override
    public String name() {
        return "vector, " + Registers.FLOATS.vectorBitSize() + " bits, look-ups of " + Lut4.bits();
    }

    @Override
    public int[] panelWidths() {
        return PanelProducts.widths();
    }

    @Override
    public void panelProduct(PanelOperands operands, int rowCount, int columns, int width, boolean accumulate) {
        PanelProducts.multiply(operands, rowCount, columns, width, accumulate);
    }

    @Override
    public void dots(
            float[] rows, int rowsOffset, int stride, int rowCount, int columns, float[] x, int xOffset, float[] sums) {
        RowProducts.dots(rows, rowsOffset, stride, rowCount, columns, x, xOffset, sums);
    }

    @Override
    public void byteDots(
            MemorySegment rows,
            long rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums) {
        RowProducts.byteDots(rows, rowsOffset, stride, rowCount, columns, x, xOffset, sums);
    }

    @Override
    public float roundForBytes(float[] x, int xOffset, int columns, short[] codes) {
        return RoundedBytes.round(x, xOffset, columns, codes);
    }

    @Override
    public void roundedDots(
            MemorySegment rows, long rowsOffset, int stride, int rowCount, int columns, short[] codes, int[] sums) {
        RoundedBytes.dots(rows, rowsOffset, stride, rowCount, columns, codes, sums);
    }

    @Override
    public void largestBounds(float[] values, int offset, int count, float[] norms, float radius, float[] bounds) {
        Reductions.largestBounds(values, offset, count, norms, radius, bounds);
    }

    @Override
    public CodeForm ternaryForm() {
        return Registers.SHUFFLES_64_BYTES ? CodeForm.TERNARY_5IN3 : CodeForm.TERNARY_2BIT;
    }

    @Override
    public TileProduct tileProduct(CodeForm form, int rowBytes, boolean many) {
        boolean wide = Registers.SHUFFLES_64_BYTES;
        boolean fitsLut6 = wide && rowBytes % Lut6.UNIT == 0;
        return switch (form) {
            case BINARY ->
                wide && many && Lut5.fitsBinary(rowBytes)
                        ? Lut5.binary(rowBytes)
                        : fitsLut6 ? new Lut6(form, rowBytes) : new Lut4(form, rowBytes);
            case INT2 -> fitsLut6 ? new Lut6(form, rowBytes) : new Lut4(form, rowBytes);
            case TERNARY_2BIT -> new Lut4(form, rowBytes);
            case TERNARY_5IN3 -> wide ? Lut5.ternary(rowBytes) : new ScalarTileProduct(form, rowBytes);
            // Rows of INT3 are whole units of Lut6 always.
            case INT3 -> wide ? new Lut6(form, rowBytes) : new ScalarTileProduct(form, rowBytes);
            case INT4 -> new Int4Products(rowBytes);
        };
    }

    @Override
    public int unpacksFrom(CodeForm form, int rowBytes, int digits) {
        return TileUnpacking.paysFrom(form, rowBytes, digits);
    }

    @Override
    public void unpackWeights(CodeForm form, TileRange tile, int rowBytes, GroupScales scales, int at, float[] out) {
        TileUnpacking.weights(form, tile, rowBytes, scales, at, out);
    }

    @Override
    public void unpackDigits(CodeForm form, TileRange tile, int rowBytes, float[] out) {
        TileUnpacking.digits(form, tile, rowBytes, out);
    }

    @Override
    public void addSums(
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
            int outOffset) {
        ScaledSums.addSums(form, weights, at, count, sums, sumsOffset, total, scale, zero, out, outOffset);
    }

    @Override
    public void addPanelProduct(
            GroupScales weights, int group, int firstRow, int rowCount, PanelInputs inputs, float[] sums, float[] out) {
        ScaledSums.addPanelProduct(weights, group, firstRow, rowCount, inputs, sums, out);
    }

    @Override
    public void widen(MemorySegment codes, long offset, int count, float[] out, int outOffset) {
        RowProducts.widen(codes, offset, count, out, outOffset);
    }

    @Override
    public void softmax(float[] scores, int offset, int count, float scale) {
        ActivationFunctions.softmax(scores, offset, count, scale);
    }

    @Override
    public void gelu(float[] values, int offset, int count) {
        ActivationFunctions.gelu(values, offset, count);
    }

    @Override
    public void erfGelu(float[] values, int offset, int count) {
        ActivationFunctions.erfGelu(values, offset, count);
    }

    @Override
    public void layerNorm(
            float[] in,
            int inOffset,
            int features,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] out,
            int outOffset) {
        Norms.layerNorm(in, inOffset, features, weight, bias, epsilon, out, outOffset);
    }

    @Override
    public void rmsNorm(
            float[] in, int inOffset, int features, float[] weight, float epsilon, float[] out, int outOffset) {
        Norms.rmsNorm(in, inOffset, features, weight, epsilon, out, outOffset);
    }

    @Override
    public void gate(float[] values, int gate, int value, int count, int out) {
        ActivationFunctions.gate(values, gate, value, count, out);
    }

    @Override
    public void range(float[] values, int offset, int count, float[] range, int rangeOffset) {
        Reductions.range(values, offset, count, range, rangeOffset);
    }

    @Override
    public float sum(float[] values, int offset, int count) {
        return Reductions.sum(values, offset, count);
    }

    @Override
    public int sum(short[] values, int offset, int count) {
        return Reductions.sum(values, offset, count);
    }

    @Override
    public void add(float[] target, int targetOffset, float[] values, int valuesOffset, int count) {
        ScaledSums.add(target, targetOffset, values, valuesOffset, count);
    }

    @Override
    public int indexOfLargest(float[] values) {
        return Reductions.indexOfLargest(values);
    }

    @Override
    public void quantize(
            float[] values, int offset, int count, float zero, float scale, float low, float high, float shift) {
        CodeRounding.quantize(values, offset, count, zero, scale, low, high, shift);
    }

    @Override
    public void quantize(
            float[] values,
            int offset,
            int count,
            float zero,
            float scale,
            float low,
            float high,
            int shift,
            short[] codes) {
        CodeRounding.quantize(values, offset, count, zero, scale, low, high, shift, codes);
    }
}
