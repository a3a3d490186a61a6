package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Mode;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import java.util.HashMap;
import java.util.Map;

/**
 * GPT-2 in float64, token by token, straight from its definition: shares no code with the decoder under test but the weights'
 * own dequantization.
 */
final class ReferenceDecoder {
    private final DecoderConfig config;
    private final ActivationQuantization activations;
    private final Map<String, ? extends ModelTensor> tensors;
    private final Map<String, float[]> weights = new HashMap<>();

    ReferenceDecoder(
            DecoderConfig config, ActivationQuantization activations, Map<String, ? extends ModelTensor> tensors) {
        this.config = config;
        this.activations = activations;
        this.tensors = tensors;
    }

    /** Logits after every token. */
    double[][] logits(int[] tokens) {
        int width = config.width();
        double[][] x = new double[tokens.length][width];
        float[] wte = weights("wte.weight");
        float[] wpe = weights("wpe.weight");
        for (int t = 0; t < tokens.length; t++) {
            for (int c = 0; c < width; c++) {
                x[t][c] = (double) wte[tokens[t] * width + c] + wpe[t * width + c];
            }
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "h." + layer + ".";
            double[][] qkv = new double[tokens.length][];
            for (int t = 0; t < tokens.length; t++) {
                qkv[t] = linear(block + "attn.c_attn", norm(block + "ln_1", x[t]));
            }
            for (int t = 0; t < tokens.length; t++) {
                add(x[t], linear(block + "attn.c_proj", attend(qkv, t)));
                double[] inner = linear(block + "mlp.c_fc", norm(block + "ln_2", x[t]));
                for (int i = 0; i < inner.length; i++) {
                    double v = inner[i];
                    inner[i] = 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
                }
                add(x[t], linear(block + "mlp.c_proj", inner));
            }
        }
        double[][] logits = new double[tokens.length][config.vocabularySize()];
        for (int t = 0; t < tokens.length; t++) {
            double[] last = norm("ln_f", x[t]);
            for (int word = 0; word < config.vocabularySize(); word++) {
                for (int c = 0; c < width; c++) {
                    logits[t][word] += last[c] * wte[word * width + c];
                }
            }
        }
        return logits;
    }

    private double[] attend(double[][] qkv, int token) {
        int width = config.width();
        int headWidth = config.headWidth();
        double[] out = new double[width];
        for (int head = 0; head < config.heads(); head++) {
            double[] weight = new double[token + 1];
            double sum = 0;
            for (int j = 0; j <= token; j++) {
                double score = 0;
                for (int d = head * headWidth; d < (head + 1) * headWidth; d++) {
                    score += qkv[token][d] * qkv[j][width + d];
                }
                weight[j] = Math.exp(score / Math.sqrt(headWidth));
                sum += weight[j];
            }
            for (int j = 0; j <= token; j++) {
                for (int d = head * headWidth; d < (head + 1) * headWidth; d++) {
                    out[d] += weight[j] / sum * qkv[j][2 * width + d];
                }
            }
        }
        return out;
    }

    private double[] norm(String name, double[] x) {
        double mean = 0;
        for (double v : x) {
            mean += v / x.length;
        }
        double variance = 0;
        for (double v : x) {
            variance += (v - mean) * (v - mean) / x.length;
        }
        float[] weight = weights(name + ".weight");
        float[] bias = weights(name + ".bias");
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = (x[i] - mean) / Math.sqrt(variance + config.layerNormEpsilon()) * weight[i] + bias[i];
        }
        return out;
    }

    private double[] linear(String name, double[] input) {
        double[] x = activations.enabled() ? quantized(name, input) : input;
        float[] weight = weights(name + ".weight");
        float[] bias = weights(name + ".bias");
        double[] y = new double[bias.length];
        for (int r = 0; r < y.length; r++) {
            y[r] = bias[r];
            for (int k = 0; k < x.length; k++) {
                y[r] += weight[r * x.length + k] * x[k];
            }
        }
        return y;
    }

    /** The XTC formulas, in float32 as the reference implementation computes them. */
    private double[] quantized(String name, double[] input) {
        float min = Float.POSITIVE_INFINITY;
        float max = Float.NEGATIVE_INFINITY;
        for (double v : input) {
            min = Math.min(min, (float) v);
            max = Math.max(max, (float) v);
        }
        if (activations.mode() == Mode.STATIC) {
            Range range = activations.ranges().get(name);
            min = range.minimum();
            max = range.maximum();
        }
        double[] out = new double[input.length];
        double levels = Math.pow(2, activations.bits());
        double scale = activations.symmetric()
                ? (float) (2 * Math.max(Math.abs(min), Math.abs(max)) / levels)
                : (float) ((max - min) / levels);
        if (scale == 0) {
            return out;
        }
        for (int i = 0; i < input.length; i++) {
            if (activations.symmetric()) {
                double code = Math.rint((float) input[i] / scale);
                out[i] = scale * Math.clamp(code, -levels / 2, levels / 2 - 1);
            } else {
                double zero = (float) (Math.rint((float) (min / scale)) * scale);
                double code = Math.rint((float) (((float) input[i] - zero) / scale));
                out[i] = scale * Math.clamp(code, 0, levels - 1) + zero;
            }
        }
        return out;
    }

    private static void add(double[] target, double[] values) {
        for (int i = 0; i < target.length; i++) {
            target[i] += values[i];
        }
    }

    private float[] weights(String name) {
        return weights.computeIfAbsent(name, key -> tensors.get(key).toFloats());
    }
}
