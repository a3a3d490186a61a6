package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The kernels in plain Java: the definition of each, which tests compare others with, and the fallback where {@code
 * jdk.incubator.vector} is missing.
 */
public final class ScalarKernels implements Kernels {
    private static final float SQRT_2_OVER_PI = 0.7978845608f;

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public int[] panelWidths() {
        return new int[] {32, 8};
    }

    @Override
    public void panelProduct(PanelOperands operands, int rowCount, int columns, int width, boolean accumulate) {
        float[] sums = operands.sums;
        for (int r = 0; r < rowCount; r++) {
            int out = operands.sumsOffset + r * operands.sumsStride;
            if (!accumulate) {
                Arrays.fill(sums, out, out + width, 0f);
            }
            for (int k = 0; k < columns; k++) {
                float weight = operands.rows[operands.rowsOffset + r * operands.rowsStride + k];
                int in = operands.panelOffset + k * operands.panelStride;
                for (int t = 0; t < width; t++) {
                    sums[out + t] += weight * operands.panel[in + t];
                }
            }
        }
    }

    @Override
    public void dots(
            float[] rows, int rowsOffset, int stride, int rowCount, int columns, float[] x, int xOffset, float[] sums) {
        for (int r = 0; r < rowCount; r++) {
            float sum = 0;
            for (int k = 0; k < columns; k++) {
                sum += rows[rowsOffset + r * stride + k] * x[xOffset + k];
            }
            sums[r] = sum;
        }
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
        for (int r = 0; r < rowCount; r++) {
            float sum = 0;
            for (int k = 0; k < columns; k++) {
                sum += rows.get(ValueLayout.JAVA_BYTE, rowsOffset + (long) r * stride + k) * x[xOffset + k];
            }
            sums[r] = sum;
        }
    }

    @Override
    public float roundForBytes(float[] x, int xOffset, int columns, short[] codes) {
        float largest = 0;
        for (int k = 0; k < columns; k++) {
            largest = Math.max(largest, Math.abs(x[xOffset + k]));
        }
        float step = largest / 127;
        float inverse = step == 0 ? 0 : 1 / step;
        for (int k = 0; k < columns; k++) {
            codes[k % 2 * (columns / 2) + k / 2] = (short) Math.rint(x[xOffset + k] * inverse);
        }
        return step;
    }

    @Override
    public void roundedDots(
            MemorySegment rows, long rowsOffset, int stride, int rowCount, int columns, short[] codes, int[] sums) {
        for (int r = 0; r < rowCount; r++) {
            int sum = 0;
            for (int k = 0; k < columns; k++) {
                int code = codes[k % 2 * (columns / 2) + k / 2];
                sum += rows.get(ValueLayout.JAVA_BYTE, rowsOffset + (long) r * stride + k) * code;
            }
            sums[r] = sum;
        }
    }

    @Override
    public void largestBounds(float[] values, int offset, int count, float[] norms, float radius, float[] bounds) {
        float lower = Float.NEGATIVE_INFINITY;
        float upper = Float.NEGATIVE_INFINITY;
        for (int i = offset; i < offset + count; i++) {
            lower = Math.max(lower, values[i] - radius * norms[i]);
            upper = Math.max(upper, values[i] + radius * norms[i]);
        }
        bounds[0] = lower;
        bounds[1] = upper;
    }

    @Override
    public CodeForm ternaryForm() {
        return CodeForm.TERNARY_5IN3;
    }

    @Override
    public TileProduct tileProduct(CodeForm form, int rowBytes, boolean many) {
        return new ScalarTileProduct(form, rowBytes);
    }

    @Override
    public int unpacksFrom(CodeForm form, int rowBytes, int digits) {
        return form == CodeForm.INT4 ? MANY_TOKENS : Integer.MAX_VALUE;
    }

    @Override
    public void unpackWeights(CodeForm form, TileRange tile, int rowBytes, GroupScales scales, int at, float[] out) {
        for (int k = 0; k < form.columns(rowBytes); k++) {
            for (int r = 0; r < Tiles.ROWS; r++) {
                float zero = scales.hasZeros() ? scales.zeros[at + r] : 0;
                out[k * Tiles.ROWS + r] = scales.scales[at + r] * form.code(digit(form, tile, k, r)) + zero;
            }
        }
    }

    @Override
    public void unpackDigits(CodeForm form, TileRange tile, int rowBytes, float[] out) {
        for (int k = 0; k < form.columns(rowBytes); k++) {
            for (int r = 0; r < Tiles.ROWS; r++) {
                out[k * Tiles.ROWS + r] = digit(form, tile, k, r) - form.base();
            }
        }
    }

    private static int digit(CodeForm form, TileRange tile, int column, int row) {
        int unit = column / form.unitColumns();
        long at = tile.offset + (long) (unit * form.unitBytes()) * Tiles.ROWS + Tiles.lane(row);
        return form.digit(form.unit(tile.codes, at), column % form.unitColumns());
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
        int subtrahend = form.shift() * total;
        float columns = weights.groupColumns();
        for (int r = 0; r < count; r++) {
            int w = at + r;
            float product = weights.scales[w] * (form.factor() * sums[sumsOffset + r] - subtrahend);
            if (weights.hasZeros()) {
                product += weights.zeros[w] * total;
            }
            float y = out[outOffset + r] + scale * product;
            if (zero != 0) {
                float sum = weights.scales[w] * weights.codeSums[w];
                y += zero * (weights.hasZeros() ? sum + weights.zeros[w] * columns : sum);
            }
            out[outOffset + r] = y;
        }
    }

    @Override
    public void widen(MemorySegment codes, long offset, int count, float[] out, int outOffset) {
        for (int k = 0; k < count; k++) {
            out[outOffset + k] = codes.get(ValueLayout.JAVA_BYTE, offset + k);
        }
    }

    @Override
    public void softmax(float[] scores, int offset, int count, float scale) {
        int end = offset + count;
        float max = Float.NEGATIVE_INFINITY;
        for (int j = offset; j < end; j++) {
            max = Math.max(max, scores[j]);
        }
        float sum = 0;
        for (int j = offset; j < end; j++) {
            scores[j] = (float) Math.exp(scale * (scores[j] - max));
            sum += scores[j];
        }
        for (int j = offset; j < end; j++) {
            scores[j] /= sum;
        }
    }

    @Override
    public void gelu(float[] values, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            float x = values[i];
            float inner = SQRT_2_OVER_PI * (x + 0.044715f * x * x * x);
            values[i] = 0.5f * x * (1 + (float) Math.tanh(inner));
        }
    }

    @Override
    public void erfGelu(float[] values, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            values[i] = (float) (0.5 * values[i] * (1 + ErrorFunction.erf(values[i] * Math.sqrt(0.5))));
        }
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
        float mean = sum(in, inOffset, features) / features;
        float variance = 0;
        for (int c = 0; c < features; c++) {
            float distance = in[inOffset + c] - mean;
            variance += distance * distance;
        }
        float factor = (float) (1 / Math.sqrt(variance / features + epsilon));
        for (int c = 0; c < features; c++) {
            out[outOffset + c] = (in[inOffset + c] - mean) * factor * weight[c] + bias[c];
        }
    }

    @Override
    public void rmsNorm(
            float[] in, int inOffset, int features, float[] weight, float epsilon, float[] out, int outOffset) {
        float squares = 0;
        for (int c = 0; c < features; c++) {
            squares += in[inOffset + c] * in[inOffset + c];
        }
        float factor = (float) (1 / Math.sqrt(squares / features + epsilon));
        for (int c = 0; c < features; c++) {
            out[outOffset + c] = in[inOffset + c] * factor * weight[c];
        }
    }

    @Override
    public void gate(float[] values, int gate, int value, int count, int out) {
        for (int i = 0; i < count; i++) {
            float x = values[gate + i];
            values[out + i] = (float) (x / (1 + Math.exp(-x))) * values[value + i];
        }
    }

    @Override
    public void range(float[] values, int offset, int count, float[] range, int rangeOffset) {
        float low = values[offset];
        float high = low;
        for (int i = offset + 1; i < offset + count; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        range[rangeOffset] = low;
        range[rangeOffset + 1] = high;
    }

    @Override
    public float sum(float[] values, int offset, int count) {
        float sum = 0;
        for (int i = offset; i < offset + count; i++) {
            sum += values[i];
        }
        return sum;
    }

    @Override
    public int sum(short[] values, int offset, int count) {
        int sum = 0;
        for (int i = offset; i < offset + count; i++) {
            sum += values[i];
        }
        return sum;
    }

    @Override
    public void add(float[] target, int targetOffset, float[] values, int valuesOffset, int count) {
        for (int i = 0; i < count; i++) {
            target[targetOffset + i] += values[valuesOffset + i];
        }
    }

    @Override
    public int indexOfLargest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    @Override
    public void quantize(
            float[] values, int offset, int count, float zero, float scale, float low, float high, float shift) {
        for (int i = offset; i < offset + count; i++) {
            values[i] = (float) Math.min(Math.max(Math.rint((values[i] - zero) / scale), low), high) - shift;
        }
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
        for (int i = 0; i < count; i++) {
            double code = Math.rint((values[offset + i] - zero) / scale);
            codes[i] = (short) (Math.min(Math.max(code, low), high) - shift);
        }
    }

    @Override
    public void addPanelProduct(
            GroupScales weights, int group, int firstRow, int rowCount, PanelInputs inputs, float[] sums, float[] out) {
        for (int r = 0; r < rowCount; r++) {
            int row = firstRow + r;
            float scale = weights.scale(row, group);
            float zero = weights.zero(row, group);
            float constant =
                    weights.hasCodeSums() ? scale * weights.codeSum(row, group) + zero * weights.groupColumns() : 0;
            for (int t = 0; t < inputs.width; t++) {
                int at = r * inputs.width + t;
                float product = scale * sums[at];
                if (zero != 0) {
                    product += zero * inputs.totals[inputs.totalsOffset + t];
                }
                float y = out[at] + inputs.scales[inputs.lane + t] * product;
                out[at] = constant == 0 ? y : y + inputs.zeros[inputs.lane + t] * constant;
            }
        }
    }
}
