package io.bantam.trainer.model;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.util.Arrays;
import java.util.Map;

/**
 * BERT, RoBERTa, BART, PLBART and T5 in float64, written from the papers and from what the configs mean, on tensors
 * with the names of transformers; shares nothing with the operations that it checks. One text at a time, so there is no
 * filling and no mask of it.
 */
public final class ReferenceEncoder {
    private final Map<String, Object> config;
    private final Map<String, float[]> tensors;
    private final String type;
    private final boolean t5;
    private final int width;
    private final int heads;
    private final int headWidth;

    public ReferenceEncoder(String config, Map<String, float[]> tensors) throws FormatException {
        this.config = Json.parseObject(config, "test");
        this.tensors = tensors;
        this.type = (String) this.config.get("model_type");
        this.t5 = type.equals("t5");
        boolean bert = type.contains("bert");
        this.width = number(bert ? "hidden_size" : "d_model");
        this.heads = number(bert ? "num_attention_heads" : t5 ? "num_heads" : "encoder_attention_heads");
        this.headWidth = t5 ? number("d_kv") : width / heads;
    }

    private int number(String key) {
        return ((Long) config.get(key)).intValue();
    }

    private boolean flag(String key, boolean missing) {
        return config.containsKey(key) ? (Boolean) config.get(key) : missing;
    }

    /** Logits of the labels. types: the kind of every token's text. */
    public double[] labels(int[] ids, int[] types) {
        String root = type.equals("bert") ? "bert." : "roberta.";
        int first = type.equals("bert") ? 0 : number("pad_token_id") + 1;
        double epsilon = ((Number) config.get("layer_norm_eps")).doubleValue();
        double[][] x = new double[ids.length][width];
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < width; i++) {
                x[t][i] = at(root + "embeddings.word_embeddings.weight", ids[t], i)
                        + at(root + "embeddings.position_embeddings.weight", t + first, i)
                        + at(root + "embeddings.token_type_embeddings.weight", types[t], i);
            }
        }
        x = layerNorm(x, root + "embeddings.LayerNorm", epsilon);
        for (int layer = 0; layer < number("num_hidden_layers"); layer++) {
            String block = root + "encoder.layer." + layer + ".";
            String self = block + "attention.self.";
            double[][] a = attention(
                    linear(x, self + "query"),
                    linear(x, self + "key"),
                    linear(x, self + "value"),
                    1 / Math.sqrt(headWidth),
                    null,
                    false);
            x = layerNorm(
                    sum(x, linear(a, block + "attention.output.dense")), block + "attention.output.LayerNorm", epsilon);
            double[][] h = activated(linear(x, block + "intermediate.dense"), (String) config.get("hidden_act"));
            x = layerNorm(sum(x, linear(h, block + "output.dense")), block + "output.LayerNorm", epsilon);
        }
        boolean bert = type.equals("bert");
        double[][] first1 = linear(new double[][] {x[0]}, bert ? "bert.pooler.dense" : "classifier.dense");
        first1[0] = Arrays.stream(first1[0]).map(Math::tanh).toArray();
        return linear(first1, bert ? "classifier" : "classifier.out_proj")[0];
    }

    /** Logits of every word of an answer, each from those before it. */
    public double[][] words(int[] text, int[] answer) {
        int[] read = new int[answer.length];
        read[0] = number("decoder_start_token_id");
        System.arraycopy(answer, 0, read, 1, answer.length - 1);
        return t5 ? t5(text, read) : bart(text, read);
    }

    private double[][] bart(int[] text, int[] read) {
        double[][] states = bartStack(text, "model.encoder.", number("encoder_layers"), null);
        double[][] x = bartStack(read, "model.decoder.", number("decoder_layers"), states);
        double[][] logits = product(x, "model.shared.weight");
        for (double[] row : logits) {
            for (int v = 0; v < row.length; v++) {
                row[v] += tensors.get("final_logits_bias")[v];
            }
        }
        return logits;
    }

    private double[][] bartStack(int[] ids, String root, int layers, double[][] states) {
        double scale = flag("scale_embedding", false) ? Math.sqrt(width) : 1;
        double[][] x = new double[ids.length][width];
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < width; i++) {
                x[t][i] = scale * at("model.shared.weight", ids[t], i) + at(root + "embed_positions.weight", t + 2, i);
            }
        }
        x = layerNorm(x, root + "layernorm_embedding", 1e-5);
        double factor = 1 / Math.sqrt(headWidth);
        for (int layer = 0; layer < layers; layer++) {
            String block = root + "layers." + layer + ".";
            String self = block + "self_attn.";
            double[][] a = attention(
                    linear(x, self + "q_proj"),
                    linear(x, self + "k_proj"),
                    linear(x, self + "v_proj"),
                    factor,
                    null,
                    states != null);
            x = layerNorm(sum(x, linear(a, self + "out_proj")), block + "self_attn_layer_norm", 1e-5);
            if (states != null) {
                String cross = block + "encoder_attn.";
                a = attention(
                        linear(x, cross + "q_proj"),
                        linear(states, cross + "k_proj"),
                        linear(states, cross + "v_proj"),
                        factor,
                        null,
                        false);
                x = layerNorm(sum(x, linear(a, cross + "out_proj")), block + "encoder_attn_layer_norm", 1e-5);
            }
            double[][] h = activated(linear(x, block + "fc1"), (String) config.get("activation_function"));
            x = layerNorm(sum(x, linear(h, block + "fc2")), block + "final_layer_norm", 1e-5);
        }
        return x;
    }

    private double[][] t5(int[] text, int[] read) {
        double[][] states = t5Stack(text, "encoder.", number("num_layers"), null);
        double[][] x = t5Stack(read, "decoder.", number("num_decoder_layers"), states);
        if (flag("tie_word_embeddings", true)) {
            for (double[] row : x) {
                for (int i = 0; i < width; i++) {
                    row[i] /= Math.sqrt(width);
                }
            }
            return product(x, "shared.weight");
        }
        return product(x, "lm_head.weight");
    }

    private double[][] t5Stack(int[] ids, String root, int layers, double[][] states) {
        boolean gated = ((String) config.get("feed_forward_proj")).startsWith("gated");
        String activation = gated ? "gelu_new" : "relu";
        double[][] x = new double[ids.length][width];
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < width; i++) {
                x[t][i] = at("shared.weight", ids[t], i);
            }
        }
        double[][][] bias = new double[heads][ids.length][ids.length];
        for (int h = 0; h < heads; h++) {
            for (int q = 0; q < ids.length; q++) {
                for (int k = 0; k < ids.length; k++) {
                    bias[h][q][k] = at(
                            root + "block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                            bucket(k - q, states == null),
                            h);
                }
            }
        }
        for (int layer = 0; layer < layers; layer++) {
            String block = root + "block." + layer + ".layer.";
            double[][] n = rms(x, block + "0.layer_norm");
            String self = block + "0.SelfAttention.";
            double[][] a = attention(
                    linear(n, self + "q"), linear(n, self + "k"), linear(n, self + "v"), 1, bias, states != null);
            x = sum(x, linear(a, self + "o"));
            String last = block + "1.";
            if (states != null) {
                last = block + "2.";
                n = rms(x, block + "1.layer_norm");
                String cross = block + "1.EncDecAttention.";
                a = attention(
                        linear(n, cross + "q"),
                        linear(states, cross + "k"),
                        linear(states, cross + "v"),
                        1,
                        null,
                        false);
                x = sum(x, linear(a, cross + "o"));
            }
            n = rms(x, last + "layer_norm");
            String dense = last + "DenseReluDense.";
            double[][] h = activated(linear(n, dense + (gated ? "wi_0" : "wi")), activation);
            if (gated) {
                double[][] other = linear(n, dense + "wi_1");
                for (int t = 0; t < h.length; t++) {
                    for (int i = 0; i < h[t].length; i++) {
                        h[t][i] *= other[t][i];
                    }
                }
            }
            x = sum(x, linear(h, dense + "wo"));
        }
        return rms(x, root + "final_layer_norm");
    }

    /** T5's buckets, as its paper and appendix tell them: exact for short distances, then logarithmic. */
    int bucket(int distance, boolean both) {
        int all = number("relative_attention_num_buckets");
        int farthest = number("relative_attention_max_distance");
        int base = 0;
        int n = -distance;
        if (both) {
            all /= 2;
            base = distance > 0 ? all : 0;
            n = Math.abs(distance);
        } else {
            n = Math.max(n, 0);
        }
        int exact = all / 2;
        if (n < exact) {
            return base + n;
        }
        double part = Math.log((double) n / exact) / Math.log((double) farthest / exact);
        return base + Math.min(all - 1, exact + (int) (part * (all - exact)));
    }

    private double[][] attention(
            double[][] q, double[][] k, double[][] v, double factor, double[][][] bias, boolean causal) {
        double[][] out = new double[q.length][heads * headWidth];
        for (int h = 0; h < heads; h++) {
            int from = h * headWidth;
            for (int t = 0; t < q.length; t++) {
                int seen = causal ? t + 1 : k.length;
                double[] weights = new double[seen];
                double most = Double.NEGATIVE_INFINITY;
                for (int s = 0; s < seen; s++) {
                    for (int i = from; i < from + headWidth; i++) {
                        weights[s] += q[t][i] * k[s][i];
                    }
                    weights[s] = weights[s] * factor + (bias == null ? 0 : bias[h][t][s]);
                    most = Math.max(most, weights[s]);
                }
                double total = 0;
                for (int s = 0; s < seen; s++) {
                    weights[s] = Math.exp(weights[s] - most);
                    total += weights[s];
                }
                for (int s = 0; s < seen; s++) {
                    for (int i = from; i < from + headWidth; i++) {
                        out[t][i] += weights[s] / total * v[s][i];
                    }
                }
            }
        }
        return out;
    }

    private double at(String name, int row, int column) {
        return tensors.get(name)[row * (name.contains("relative") ? heads : width) + column];
    }

    private double[][] linear(double[][] x, String name) {
        double[][] y = product(x, name + ".weight");
        float[] bias = tensors.get(name + ".bias");
        if (bias != null) {
            for (double[] row : y) {
                for (int i = 0; i < row.length; i++) {
                    row[i] += bias[i];
                }
            }
        }
        return y;
    }

    private double[][] product(double[][] x, String name) {
        float[] w = tensors.get(name);
        int inputs = x[0].length;
        double[][] y = new double[x.length][w.length / inputs];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < y[t].length; o++) {
                for (int i = 0; i < inputs; i++) {
                    y[t][o] += x[t][i] * w[o * inputs + i];
                }
            }
        }
        return y;
    }

    private static double[][] sum(double[][] x, double[][] y) {
        double[][] z = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < z[t].length; i++) {
                z[t][i] = x[t][i] + y[t][i];
            }
        }
        return z;
    }

    private double[][] layerNorm(double[][] x, String name, double epsilon) {
        double[][] y = new double[x.length][width];
        for (int t = 0; t < x.length; t++) {
            double mean = Arrays.stream(x[t]).average().orElseThrow();
            double variance = Arrays.stream(x[t])
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElseThrow();
            for (int i = 0; i < width; i++) {
                y[t][i] = (x[t][i] - mean) / Math.sqrt(variance + epsilon) * tensors.get(name + ".weight")[i]
                        + tensors.get(name + ".bias")[i];
            }
        }
        return y;
    }

    private double[][] rms(double[][] x, String name) {
        double epsilon = ((Number) config.get("layer_norm_epsilon")).doubleValue();
        double[][] y = new double[x.length][width];
        for (int t = 0; t < x.length; t++) {
            double power = Arrays.stream(x[t]).map(v -> v * v).average().orElseThrow();
            for (int i = 0; i < width; i++) {
                y[t][i] = x[t][i] / Math.sqrt(power + epsilon) * tensors.get(name + ".weight")[i];
            }
        }
        return y;
    }

    private static double[][] activated(double[][] x, String kind) {
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = Arrays.stream(x[t])
                    .map(v -> switch (kind) {
                        case "gelu" -> v * (1 + erf(v / Math.sqrt(2))) / 2;
                        case "gelu_new" -> v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))) / 2;
                        case "relu" -> Math.max(v, 0);
                        default -> throw new IllegalArgumentException(kind);
                    })
                    .toArray();
        }
        return y;
    }

    /** By its power series, which is exact enough for the small numbers here; the tails are 1. */
    private static double erf(double x) {
        if (Math.abs(x) > 5) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }
}
