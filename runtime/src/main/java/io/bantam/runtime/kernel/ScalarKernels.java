package io.bantam.runtime.kernel;

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
    public int nibbleBlock() {
        return 32;
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
            int width,
            float[] sums,
            int sumsOffset,
            boolean accumulate) {
        for (int r = 0; r < rowCount; r++) {
            int out = sumsOffset + r * width;
            if (!accumulate) {
                Arrays.fill(sums, out, out + width, 0f);
            }
            for (int k = 0; k < columns; k++) {
                float weight = rows[rowsOffset + r * stride + k];
                int in = panelOffset + k * width;
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
            byte[] rows,
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
    public void nibbleDots(
            byte[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float[] sums,
            int sumsOffset) {
        int half = nibbleBlock() / 2;
        for (int r = 0; r < rowCount; r++) {
            float sum = 0;
            for (int block = 0; block < columns; block += 2 * half) {
                int bytes = rowsOffset + r * stride + block / 2;
                for (int i = 0; i < half; i++) {
                    int both = rows[bytes + i];
                    sum += (both << 28 >> 28) * x[xOffset + block + i];
                    sum += (both >> 4) * x[xOffset + block + half + i];
                }
            }
            sums[sumsOffset + r] = sum;
        }
    }

    @Override
    public void signDots(
            long[] rows,
            int rowsOffset,
            int stride,
            int rowCount,
            int columns,
            float[] x,
            int xOffset,
            float total,
            float[] sums,
            int sumsOffset) {
        for (int r = 0; r < rowCount; r++) {
            float positive = 0;
            for (int k = 0; k < columns; k++) {
                if ((rows[rowsOffset + r * stride + (k >> 6)] >>> k & 1) != 0) {
                    positive += x[xOffset + k];
                }
            }
            sums[sumsOffset + r] = 2 * positive - total;
        }
    }

    @Override
    public void tritDots(
            long[] plus,
            long[] minus,
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
                int word = rowsOffset + r * stride + (k >> 6);
                sum += ((int) (plus[word] >>> k & 1) - (int) (minus[word] >>> k & 1)) * x[xOffset + k];
            }
            sums[sumsOffset + r] = sum;
        }
    }

    @Override
    public void unpackSigns(long[] words, int offset, int columns, float[] out, int outOffset) {
        for (int k = 0; k < columns; k++) {
            out[outOffset + k] = 2 * (int) (words[offset + (k >> 6)] >>> k & 1) - 1;
        }
    }

    @Override
    public void unpackTrits(long[] plus, long[] minus, int offset, int columns, float[] out, int outOffset) {
        for (int k = 0; k < columns; k++) {
            int word = offset + (k >> 6);
            out[outOffset + k] = (int) (plus[word] >>> k & 1) - (int) (minus[word] >>> k & 1);
        }
    }

    @Override
    public void unpackNibbles(byte[] codes, int offset, int columns, float[] out, int outOffset) {
        int half = nibbleBlock() / 2;
        for (int block = 0; block < columns; block += 2 * half) {
            for (int i = 0; i < half; i++) {
                int both = codes[offset + block / 2 + i];
                out[outOffset + block + i] = both << 28 >> 28;
                out[outOffset + block + half + i] = both >> 4;
            }
        }
    }

    @Override
    public void widen(byte[] codes, int offset, int count, float[] out, int outOffset) {
        for (int k = 0; k < count; k++) {
            out[outOffset + k] = codes[offset + k];
        }
    }

    @Override
    public void softmax(float[] scores, int count, int width, float scale) {
        for (int t = 0; t < width; t++) {
            float max = Float.NEGATIVE_INFINITY;
            for (int j = 0; j < count; j++) {
                max = Math.max(max, scores[j * width + t]);
            }
            float sum = 0;
            for (int j = 0; j < count; j++) {
                float weight = (float) Math.exp(scale * (scores[j * width + t] - max));
                scores[j * width + t] = weight;
                sum += weight;
            }
            for (int j = 0; j < count; j++) {
                scores[j * width + t] /= sum;
            }
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
    public void layerNorm(
            float[] in,
            int inOffset,
            int features,
            int width,
            float[] weight,
            float[] bias,
            float epsilon,
            float[] out,
            int outOffset) {
        for (int t = 0; t < width; t++) {
            float mean = 0;
            for (int c = 0; c < features; c++) {
                mean += in[inOffset + c * width + t];
            }
            mean /= features;
            float variance = 0;
            for (int c = 0; c < features; c++) {
                float distance = in[inOffset + c * width + t] - mean;
                variance += distance * distance;
            }
            float factor = (float) (1 / Math.sqrt(variance / features + epsilon));
            for (int c = 0; c < features; c++) {
                float normal = (in[inOffset + c * width + t] - mean) * factor;
                out[outOffset + c * width + t] = normal * weight[c] + bias[c];
            }
        }
    }

    @Override
    public void ranges(float[] panel, int offset, int features, int width, float[] lowest, float[] highest) {
        for (int t = 0; t < width; t++) {
            lowest[t] = panel[offset + t];
            highest[t] = panel[offset + t];
            for (int c = 1; c < features; c++) {
                lowest[t] = Math.min(lowest[t], panel[offset + c * width + t]);
                highest[t] = Math.max(highest[t], panel[offset + c * width + t]);
            }
        }
    }

    @Override
    public void sums(float[] panel, int offset, int features, int width, float[] sums, int sumsOffset) {
        for (int t = 0; t < width; t++) {
            float sum = 0;
            for (int c = 0; c < features; c++) {
                sum += panel[offset + c * width + t];
            }
            sums[sumsOffset + t] = sum;
        }
    }

    @Override
    public void quantize(
            float[] panel,
            int offset,
            int features,
            int width,
            float[] zeros,
            float[] scales,
            float low,
            float high,
            float shift) {
        for (int c = 0; c < features; c++) {
            for (int t = 0; t < width; t++) {
                int at = offset + c * width + t;
                double code = Math.rint((panel[at] - zeros[t]) / scales[t]);
                panel[at] = (float) Math.min(Math.max(code, low), high) - shift;
            }
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
