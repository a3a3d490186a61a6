package io.bantam.trainer.model;

import java.util.List;
import java.util.Map;

/**
 * The decoder families in plain loops and float64, from a Hugging Face config and tensors under their own names: what
 * imported models are compared with. Written from the papers (Llama arXiv:2302.13971, StarCoder2 arXiv:2402.19173,
 * CodeGen arXiv:2203.13474, XGLM arXiv:2112.10668, YaRN arXiv:2309.00071) and the meaning of the configs, with nothing
 * of ours but numbers.
 */
public final class ReferenceDecoder {
    private final Map<String, Object> config;
    private final Map<String, float[]> tensors;
    private final String type;
    private final int width;
    private final int heads;
    private final int keyHeads;
    private final int size;

    /** @param tensors row-major, as the file has them */
    public ReferenceDecoder(Map<String, Object> config, Map<String, float[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.type = (String) config.get("model_type");
        boolean old = isGptJ();
        boolean xglm = type.equals("xglm");
        width = whole(old ? "n_embd" : xglm ? "d_model" : "hidden_size");
        heads = whole(old ? "n_head" : xglm ? "attention_heads" : "num_attention_heads");
        keyHeads = old || xglm ? heads : whole("num_key_value_heads");
        size = config.containsKey("head_dim") ? whole("head_dim") : width / heads;
    }

    private boolean isGptJ() {
        return type.equals("gptj") || type.equals("codegen");
    }

    private int whole(String key) {
        return ((Number) config.get(key)).intValue();
    }

    /** Logits after every token. */
    public double[][] logits(int[] ids) {
        return isGptJ() ? gptJ(ids) : type.equals("xglm") ? xglm(ids) : llama(ids);
    }

    private double[][] xglm(int[] ids) {
        double[][] x = lookUp("model.embed_tokens.weight", ids);
        int half = width / 2;
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < width; i++) {
                // Places are counted from two, and the frequencies end at 1 / 10,000.
                double angle = (t + 2) * Math.exp(-(i % half) * Math.log(10_000) / (half - 1));
                x[t][i] = x[t][i] * Math.sqrt(width) + (i < half ? Math.sin(angle) : Math.cos(angle));
            }
        }
        for (int layer = 0; layer < whole("num_layers"); layer++) {
            String block = "model.layers." + layer + ".";
            double[][] n = norm(block + "self_attn_layer_norm", x);
            double[][][] q = split(linear(block + "self_attn.q_proj", n), heads);
            double[][][] k = split(linear(block + "self_attn.k_proj", n), heads);
            double[][][] v = split(linear(block + "self_attn.v_proj", n), heads);
            x = sum(x, linear(block + "self_attn.out_proj", attend(q, k, v)));
            double[][] inner = linear(block + "fc1", norm(block + "final_layer_norm", x));
            forEach(inner, value -> value * normalShareBelow(value));
            x = sum(x, linear(block + "fc2", inner));
        }
        return product(tensors.get("model.embed_tokens.weight"), norm("model.layer_norm", x));
    }

    /** The integral of the normal distribution up to x, by Simpson's rule. */
    private static double normalShareBelow(double x) {
        int steps = 2000;
        double step = x / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.exp(-(i * step) * (i * step) / 2);
        }
        return 0.5 + sum * step / 3 / Math.sqrt(2 * Math.PI);
    }

    private double[][] llama(int[] ids) {
        double[][] x = lookUp("model.embed_tokens.weight", ids);
        for (int layer = 0; layer < whole("num_hidden_layers"); layer++) {
            String block = "model.layers." + layer + ".";
            double[][] n = norm(block + "input_layernorm", x);
            double[][][] q = turned(split(linear(block + "self_attn.q_proj", n), heads));
            double[][][] k = turned(split(linear(block + "self_attn.k_proj", n), keyHeads));
            double[][][] v = split(linear(block + "self_attn.v_proj", n), keyHeads);
            x = sum(x, linear(block + "self_attn.o_proj", attend(q, k, v)));
            n = norm(block + "post_attention_layernorm", x);
            double[][] inner;
            if (type.equals("starcoder2")) {
                inner = linear(block + "mlp.c_fc", n);
                forEach(inner, ReferenceDecoder::gelu);
                x = sum(x, linear(block + "mlp.c_proj", inner));
            } else {
                double[][] gate = linear(block + "mlp.gate_proj", n);
                inner = linear(block + "mlp.up_proj", n);
                for (int t = 0; t < inner.length; t++) {
                    for (int i = 0; i < inner[t].length; i++) {
                        inner[t][i] *= gate[t][i] * (1 / (1 + Math.exp(-gate[t][i])));
                    }
                }
                x = sum(x, linear(block + "mlp.down_proj", inner));
            }
        }
        x = norm("model.norm", x);
        return Boolean.TRUE.equals(config.get("tie_word_embeddings"))
                ? product(tensors.get("model.embed_tokens.weight"), x)
                : linear("lm_head", x);
    }

    private double[][] gptJ(int[] ids) {
        double[][] x = lookUp("transformer.wte.weight", ids);
        for (int layer = 0; layer < whole("n_layer"); layer++) {
            String block = "transformer.h." + layer + ".";
            double[][] n = norm(block + "ln_1", x);
            double[][][] q;
            double[][][] k;
            double[][][] v;
            if (type.equals("gptj")) {
                q = split(linear(block + "attn.q_proj", n), heads);
                k = split(linear(block + "attn.k_proj", n), heads);
                v = split(linear(block + "attn.v_proj", n), heads);
            } else {
                // As transformers does: four shards side by side, each of queries, values, keys of a quarter of the
                // heads.
                double[][] fused = linear(block + "attn.qkv_proj", n);
                int local = width / 4;
                q = new double[heads][ids.length][size];
                k = new double[heads][ids.length][size];
                v = new double[heads][ids.length][size];
                for (int t = 0; t < ids.length; t++) {
                    for (int shard = 0; shard < 4; shard++) {
                        for (int i = 0; i < local; i++) {
                            int head = shard * heads / 4 + i / size;
                            q[head][t][i % size] = fused[t][shard * 3 * local + i];
                            v[head][t][i % size] = fused[t][shard * 3 * local + local + i];
                            k[head][t][i % size] = fused[t][shard * 3 * local + 2 * local + i];
                        }
                    }
                }
            }
            double[][] attended = linear(block + "attn.out_proj", attend(turned(q), turned(k), v));
            double[][] inner = linear(block + "mlp.fc_in", n);
            forEach(inner, ReferenceDecoder::gelu);
            x = sum(sum(x, attended), linear(block + "mlp.fc_out", inner));
        }
        return linear("lm_head", norm("transformer.ln_f", x));
    }

    private double[][] lookUp(String name, int[] ids) {
        double[][] x = new double[ids.length][width];
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < width; i++) {
                x[t][i] = tensors.get(name)[ids[t] * width + i];
            }
        }
        return x;
    }

    private static double[][][] split(double[][] y, int count) {
        int features = y[0].length / count;
        double[][][] split = new double[count][y.length][features];
        for (int head = 0; head < count; head++) {
            for (int t = 0; t < y.length; t++) {
                System.arraycopy(y[t], head * features, split[head][t], 0, features);
            }
        }
        return split;
    }

    /** Multiplies pairs, seen as complex numbers, by e^(i angle). */
    private double[][][] turned(double[][][] x) {
        int turnedFeatures = isGptJ() ? whole("rotary_dim") : size;
        double[] angles = angles(turnedFeatures);
        double magnitude = magnitude();
        double[][][] y = new double[x.length][x[0].length][];
        for (int head = 0; head < x.length; head++) {
            for (int t = 0; t < x[head].length; t++) {
                y[head][t] = x[head][t].clone();
                for (int i = 0; i < angles.length; i++) {
                    int real = isGptJ() ? 2 * i : i;
                    int imaginary = isGptJ() ? 2 * i + 1 : i + angles.length;
                    double a = x[head][t][real];
                    double b = x[head][t][imaginary];
                    y[head][t][real] = magnitude * (a * Math.cos(t * angles[i]) - b * Math.sin(t * angles[i]));
                    y[head][t][imaginary] = magnitude * (a * Math.sin(t * angles[i]) + b * Math.cos(t * angles[i]));
                }
            }
        }
        return y;
    }

    private Map<?, ?> scaling() {
        return config.get("rope_scaling") instanceof Map<?, ?> map ? map : Map.of("type", "default");
    }

    private double scaling(String key) {
        return ((Number) scaling().get(key)).doubleValue();
    }

    private double magnitude() {
        return scaling().containsValue("yarn") ? 0.1 * Math.log(scaling("factor")) + 1 : 1;
    }

    private double[] angles(int features) {
        double theta = config.containsKey("rope_theta") ? ((Number) config.get("rope_theta")).doubleValue() : 10_000;
        double[] angles = new double[features / 2];
        for (int i = 0; i < angles.length; i++) {
            double angle = 1 / Math.pow(theta, 2.0 * i / features);
            if (scaling().containsValue("linear")) {
                angle /= scaling("factor");
            } else if (scaling().containsValue("llama3")) {
                double old = scaling("original_max_position_embeddings");
                double low = scaling("low_freq_factor");
                double high = scaling("high_freq_factor");
                double wave = 2 * Math.PI / angle;
                if (wave > old / low) {
                    angle /= scaling("factor");
                } else if (wave >= old / high) {
                    double smooth = (old / wave - low) / (high - low);
                    angle = (1 - smooth) * angle / scaling("factor") + smooth * angle;
                }
            } else if (scaling().containsValue("yarn")) {
                double old = scaling("original_max_position_embeddings");
                // The pair at which a wave turns so often: its wave length is old / turns.
                double fast = features * Math.log(old / (32 * 2 * Math.PI)) / (2 * Math.log(theta));
                double slow = features * Math.log(old / (2 * Math.PI)) / (2 * Math.log(theta));
                double from = Math.max(Math.floor(fast), 0);
                double to = Math.min(Math.ceil(slow), features - 1);
                double ramp = Math.min(1, Math.max(0, (i - from) / (to - from)));
                angle = angle / scaling("factor") * ramp + angle * (1 - ramp);
            }
            angles[i] = angle;
        }
        return angles;
    }

    private double[][] attend(double[][][] q, double[][][] k, double[][][] v) {
        int tokens = q[0].length;
        double[][] out = new double[tokens][heads * size];
        for (int head = 0; head < heads; head++) {
            int shared = head * keyHeads / heads;
            for (int t = 0; t < tokens; t++) {
                double[] scores = new double[t + 1];
                for (int u = 0; u <= t; u++) {
                    for (int i = 0; i < size; i++) {
                        scores[u] += q[head][t][i] * k[shared][u][i] / Math.sqrt(size);
                    }
                }
                double[] logs = ReferenceGpt2.logSoftmax(scores, 1);
                for (int u = 0; u <= t; u++) {
                    for (int i = 0; i < size; i++) {
                        out[t][head * size + i] += Math.exp(logs[u]) * v[shared][u][i];
                    }
                }
            }
        }
        return out;
    }

    private double[][] norm(String name, double[][] x) {
        float[] weight = tensors.get(name + ".weight");
        float[] bias = tensors.get(name + ".bias");
        boolean root = List.of("llama", "mistral", "qwen2").contains(type);
        String key = root ? "rms_norm_eps" : isGptJ() ? "layer_norm_epsilon" : "norm_epsilon";
        double epsilon = type.equals("xglm") ? 1e-5 : ((Number) config.get(key)).doubleValue();
        double[][] y = new double[x.length][width];
        for (int t = 0; t < x.length; t++) {
            double mean = 0;
            double square = 0;
            for (double value : x[t]) {
                mean += value / width;
                square += value * value / width;
            }
            for (int i = 0; i < width; i++) {
                y[t][i] = root
                        ? x[t][i] / Math.sqrt(square + epsilon) * weight[i]
                        : (x[t][i] - mean) / Math.sqrt(square - mean * mean + epsilon) * weight[i] + bias[i];
            }
        }
        return y;
    }

    private double[][] linear(String name, double[][] x) {
        double[][] y = product(tensors.get(name + ".weight"), x);
        float[] bias = tensors.get(name + ".bias");
        for (double[] row : y) {
            for (int i = 0; bias != null && i < row.length; i++) {
                row[i] += bias[i];
            }
        }
        return y;
    }

    private static double[][] product(float[] weight, double[][] x) {
        int inputs = x[0].length;
        double[][] y = new double[x.length][weight.length / inputs];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < y[t].length; o++) {
                for (int i = 0; i < inputs; i++) {
                    y[t][o] += weight[o * inputs + i] * x[t][i];
                }
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

    private static void forEach(double[][] values, java.util.function.DoubleUnaryOperator function) {
        for (double[] row : values) {
            for (int i = 0; i < row.length; i++) {
                row[i] = function.applyAsDouble(row[i]);
            }
        }
    }

    private static double gelu(double x) {
        return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }
}
