package io.bantam.runtime.kernel;

import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The definition of every kernel in plain Java; the fallback where {@code jdk.incubator.vector} is missing. */
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
    public void panelProduct(
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
            boolean accumulate) {
        for (int r = 0; r < rowCount; r++) {
            int out = sumsOffset + r * sumsStride;
            if (!accumulate) {
                Arrays.fill(sums, out, out + width, 0f);
            }
            for (int k = 0; k < columns; k++) {
                float weight = rows[rowsOffset + r * stride + k];
                int in = panelOffset + k * panelStride;
                for (int t = 0; t < width; t++) {
                    sums[out + t] += weight * panel[in + t];
                }
            }
        }
    }

    @Override
    public void dots(
            float[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset) {
        for (int r = 0; r < rowCount; r++) {
            float sum = 0;
            for (int k = 0; k < columns; k++) {
                sum += rows[rowsOffset + r * stride + k] * x[xOffset + k];
            }
            sums[sumsOffset + r] = sum;
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
            float[] sums,
            int sumsOffset) {
        for (int r = 0; r < rowCount; r++) {
            float sum = 0;
            for (int k = 0; k < columns; k++) {
                sum += rows.get(ValueLayout.JAVA_BYTE, rowsOffset + (long) r * stride + k) * x[xOffset + k];
            }
            sums[sumsOffset + r] = sum;
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
    public int preparedBytes(CodeForm form, int rowBytes, boolean many) {
        return form.columns(rowBytes);
    }

    @Override
    public void prepare(
            CodeForm form, short[] x, int xOffset, int rowBytes, boolean many, byte[] prepared, int preparedOffset) {
        for (int k = 0; k < form.columns(rowBytes); k++) {
            prepared[preparedOffset + k] = (byte) x[xOffset + k];
        }
    }

    @Override
    public void tileSums(
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
            int[] scratch) {
        for (int t = 0; t < tokens; t++) {
            tileSums(
                    form,
                    tiles,
                    tilesOffset,
                    tileStride,
                    tileCount,
                    rowBytes,
                    prepared,
                    preparedOffset + t * preparedStride,
                    sums,
                    sumsOffset + t * sumsStride);
        }
    }

    private void tileSums(
            CodeForm form,
            MemorySegment tiles,
            long tilesOffset,
            long tileStride,
            int tileCount,
            int rowBytes,
            byte[] prepared,
            int preparedOffset,
            int[] sums,
            int sumsOffset) {
        int unitColumns = form.unitColumns();
        for (int i = 0; i < tileCount; i++) {
            for (int r = 0; r < Tiles.ROWS; r++) {
                int sum = 0;
                long at = tilesOffset + i * tileStride + Tiles.lane(r);
                for (int k = 0; k < form.columns(rowBytes); k += unitColumns) {
                    long unit = unit(form, tiles, at + (long) form.rowBytes(k) * Tiles.ROWS);
                    for (int j = 0; j < unitColumns; j++) {
                        sum += (form.digit(unit, j) - form.base()) * prepared[preparedOffset + k + j];
                    }
                }
                sums[sumsOffset + i * Tiles.ROWS + r] = sum;
            }
        }
    }

    /** The bytes of a row whose digits belong together, the first one lowest. */
    static long unit(CodeForm form, MemorySegment tiles, long at) {
        long unit = 0;
        for (int i = form.unitBytes() - 1; i >= 0; i--) {
            unit = unit << Byte.SIZE | tiles.get(ValueLayout.JAVA_BYTE, at + (long) i * Tiles.ROWS) & 0xff;
        }
        return unit;
    }

    @Override
    public boolean prefersTernary5In3() {
        return true;
    }

    @Override
    public int unpacksFrom(CodeForm form, int rowBytes, int digits) {
        return form == CodeForm.INT4 ? MANY_TOKENS : Integer.MAX_VALUE;
    }

    @Override
    public void unpackTile(
            CodeForm form,
            MemorySegment tiles,
            long tilesOffset,
            int rowBytes,
            float[] scales,
            float[] zeros,
            int weightsOffset,
            float[] out,
            int outOffset) {
        int unitColumns = form.unitColumns();
        for (int k = 0; k < form.columns(rowBytes); k++) {
            long at = tilesOffset + (long) (k / unitColumns * form.unitBytes()) * Tiles.ROWS;
            for (int r = 0; r < Tiles.ROWS; r++) {
                int digit = form.digit(unit(form, tiles, at + Tiles.lane(r)), k % unitColumns);
                float zero = zeros == null ? 0 : zeros[weightsOffset + r];
                out[outOffset + k * Tiles.ROWS + r] =
                        scales == null ? digit - form.base() : scales[weightsOffset + r] * form.code(digit) + zero;
            }
        }
    }

    @Override
    public void addSums(
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
            int outOffset) {
        for (int r = 0; r < count; r++) {
            int w = weightsOffset + r;
            float product = weightScales[w] * (factor * sums[sumsOffset + r] - subtrahend);
            if (weightZeros != null) {
                product += weightZeros[w] * total;
            }
            float y = out[outOffset + r] + scale * product;
            if (zero != 0) {
                float sum = weightScales[w] * codeSums[w];
                y += zero * (weightZeros == null ? sum : sum + weightZeros[w] * columns);
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
    public void addProduct(
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
            int outOffset) {
        for (int t = 0; t < width; t++) {
            float product = weightScale * sums[sumsOffset + t];
            if (weightZero != 0) {
                product += weightZero * totals[totalsOffset + t];
            }
            float y = out[outOffset + t] + scales[lane + t] * product;
            out[outOffset + t] = constant == 0 ? y : y + zeros[lane + t] * constant;
        }
    }
}
