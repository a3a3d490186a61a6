package io.bantam.trainer.model;

import io.bantam.runtime.format.DecoderConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** GPT-2 in plain loops and float64, one row at a time: what the fused model is compared with. */
public final class ReferenceGpt2 {
    private final DecoderConfig config;
    private final Map<String, double[]> weights;

    /** @param weights used as they are, so that a caller may change single values between two passes */
    public ReferenceGpt2(DecoderConfig config, Map<String, double[]> weights) {
        this.config = config;
        this.weights = weights;
    }

    /** The same weights, wider. */
    public static Map<String, double[]> widen(Map<String, float[]> weights) {
        Map<String, double[]> wide = new LinkedHashMap<>();
        weights.forEach((name, values) -> {
            double[] copy = new double[values.length];
            for (int i = 0; i < copy.length; i++) {
                copy[i] = values[i];
            }
            wide.put(name, copy);
        });
        return wide;
    }

    /**
     * What a pass computes.
     *
     * @param hidden the embedding, then every block's output: {@code [tokens][width]}
     * @param scores for every block, scaled and before the softmax: {@code [heads][tokens][up to and with the token]}
     * @param logits {@code [tokens][vocabulary]}
     */
    public record Pass(List<double[][]> hidden, List<double[][][]> scores, double[][] logits) {}

    /** Runs one row. */
    public Pass run(int[] ids) {
        int width = config.width();
        double[][] x = new double[ids.length][width];
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < width; i++) {
                x[t][i] = weights.get("wte.weight")[ids[t] * width + i] + weights.get("wpe.weight")[t * width + i];
            }
        }
        List<double[][]> hidden = new ArrayList<>();
        hidden.add(x);
        List<double[][][]> scores = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "h." + layer + ".";
            double[][] qkv = linear(norm(x, block + "ln_1"), block + "attn.c_attn", 3 * width);
            double[][][] s = scores(qkv);
            scores.add(s);
            x = sum(x, linear(mix(qkv, s), block + "attn.c_proj", width));
            double[][] inner = linear(norm(x, block + "ln_2"), block + "mlp.c_fc", config.innerWidth());
            for (double[] row : inner) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = gelu(row[i]);
                }
            }
            x = sum(x, linear(inner, block + "mlp.c_proj", width));
            hidden.add(x);
        }
        return new Pass(hidden, scores, product(norm(x, "ln_f"), weights.get("wte.weight"), config.vocabularySize()));
    }

    private double[][][] scores(double[][] qkv) {
        int size = config.headWidth();
        double[][][] scores = new double[config.heads()][qkv.length][];
        for (int head = 0; head < config.heads(); head++) {
            for (int t = 0; t < qkv.length; t++) {
                scores[head][t] = new double[t + 1];
                for (int u = 0; u <= t; u++) {
                    double sum = 0;
                    for (int i = 0; i < size; i++) {
                        sum += qkv[t][head * size + i] * qkv[u][config.width() + head * size + i];
                    }
                    scores[head][t][u] = sum / Math.sqrt(size);
                }
            }
        }
        return scores;
    }

    private double[][] mix(double[][] qkv, double[][][] scores) {
        int size = config.headWidth();
        double[][] mixed = new double[qkv.length][config.width()];
        for (int head = 0; head < config.heads(); head++) {
            for (int t = 0; t < qkv.length; t++) {
                double[] logShares = logSoftmax(scores[head][t], 1);
                for (int u = 0; u <= t; u++) {
                    for (int i = 0; i < size; i++) {
                        mixed[t][head * size + i] +=
                                Math.exp(logShares[u]) * qkv[u][2 * config.width() + head * size + i];
                    }
                }
            }
        }
        return mixed;
    }

    private double[][] norm(double[][] x, String name) {
        double[] weight = weights.get(name + ".weight");
        double[] bias = weights.get(name + ".bias");
        double[][] normed = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            int width = x[t].length;
            double mean = 0;
            for (double value : x[t]) {
                mean += value / width;
            }
            double variance = 0;
            for (double value : x[t]) {
                variance += (value - mean) * (value - mean) / width;
            }
            normed[t] = new double[width];
            for (int i = 0; i < width; i++) {
                normed[t][i] = (x[t][i] - mean) / Math.sqrt(variance + config.layerNormEpsilon()) * weight[i] + bias[i];
            }
        }
        return normed;
    }

    private double[][] linear(double[][] x, String name, int outputs) {
        double[][] y = product(x, weights.get(name + ".weight"), outputs);
        double[] bias = weights.get(name + ".bias");
        for (double[] row : y) {
            for (int i = 0; i < outputs; i++) {
                row[i] += bias[i];
            }
        }
        return y;
    }

    private static double[][] product(double[][] x, double[] weight, int outputs) {
        double[][] y = new double[x.length][outputs];
        for (int t = 0; t < x.length; t++) {
            int inputs = x[t].length;
            for (int o = 0; o < outputs; o++) {
                double sum = 0;
                for (int i = 0; i < inputs; i++) {
                    sum += x[t][i] * weight[o * inputs + i];
                }
                y[t][o] = sum;
            }
        }
        return y;
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] sum = new double[a.length][a[0].length];
        for (int t = 0; t < a.length; t++) {
            for (int i = 0; i < a[t].length; i++) {
                sum[t][i] = a[t][i] + b[t][i];
            }
        }
        return sum;
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /** Logarithms of softmax(values / temperature). */
    public static double[] logSoftmax(double[] values, double temperature) {
        double highest = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            highest = Math.max(highest, value / temperature);
        }
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value / temperature - highest);
        }
        double[] logs = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            logs[i] = values[i] / temperature - highest - Math.log(sum);
        }
        return logs;
    }
}
