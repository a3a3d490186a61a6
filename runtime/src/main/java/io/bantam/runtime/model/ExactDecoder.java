package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Mode;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.Rotary;
import io.bantam.runtime.format.Sinusoids;
import io.bantam.runtime.kernel.ErrorFunction;
import java.util.Map;

/**
 * The reference decoder, which defines the logits of a packed model: every number between the weights and the logits is
 * a float64.
 *
 * <p>{@link PackedDecoder} computes the same in float32. Where inputs are quantized, a difference in the last digit can
 * move an input across a rounding boundary, a step of 1/128 of the largest, so a float32 computation lies up to some
 * 1e-3 from this one, and two of them as far from each other, whoever does them. In float64 that does not happen:
 * whether a file holds the model that was trained is decided here. It is slow, has no cache, and shares no code with
 * the fast decoder but the reading of the weights.
 *
 * <p>Activations lie feature by feature, the tokens of one feature side by side: {@code x[feature * tokens + token]}.
 */
public final class ExactDecoder {
    private final DecoderConfig config;
    private final ActivationQuantization activations;
    private final Map<String, ? extends ModelTensor> tensors;

    /**
     * Makes a decoder from tensors in memory.
     *
     * @throws IllegalArgumentException if a tensor is missing or of another shape than the config says
     */
    public ExactDecoder(
            DecoderConfig config, ActivationQuantization activations, Map<String, ? extends ModelTensor> tensors) {
        String problem = PackedFile.problem(config, activations, tensors);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        this.config = config;
        this.activations = activations;
        this.tensors = tensors;
    }

    /** Makes a decoder from a file that was read. */
    public static ExactDecoder of(PackedFile file) {
        return new ExactDecoder(file.config(), file.activations(), file.tensors());
    }

    /**
     * The logits after every token of one text.
     *
     * @param tokens at least one token id, at most as many as the model has positions
     * @return {@code [tokens][vocabulary]}
     * @throws IllegalArgumentException if there are no tokens or too many
     */
    public double[][] logits(int[] tokens) {
        int count = tokens.length;
        if (count == 0 || count > config.positions()) {
            throw new IllegalArgumentException("expected 1 to " + config.positions() + " tokens, got " + count);
        }
        int width = config.width();
        Architecture architecture = config.architecture();
        double scale = architecture.embeddingScale();
        float[] wte = weights(DecoderConfig.EMBEDDING);
        float[] wpe = architecture.learnsPositions() ? weights(DecoderConfig.POSITIONS) : null;
        double[] x = new double[width * count];
        for (int t = 0; t < count; t++) {
            for (int c = 0; c < width; c++) {
                x[c * count + t] = scale * wte[tokens[t] * width + c] + (wpe == null ? 0 : wpe[t * width + c]);
            }
        }
        architecture.sinusoids().ifPresent(fixed -> addSinusoids(fixed, x, count));
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "h." + layer + ".";
            double[] before = config.architecture().parallel() ? norm(block + "ln_1", x, count) : null;
            double[] qkv = linear(block + "attn.c_attn", norm(block + "ln_1", x, count), count);
            turn(qkv, count);
            add(x, linear(block + "attn.c_proj", attention(qkv, count), count));
            quantize(block + "attn.sum", x, count);
            double[] normed = before == null ? norm(block + "ln_2", x, count) : before;
            add(x, linear(block + "mlp.c_proj", activated(linear(block + "mlp.c_fc", normed, count)), count));
            quantize(block + "mlp.sum", x, count);
        }
        double[] last = vocabulary(norm("ln_f", x, count), count);
        double[][] logits = new double[count][config.vocabularySize()];
        for (int token = 0; token < config.vocabularySize(); token++) {
            for (int t = 0; t < count; t++) {
                logits[t][token] = last[token * count + t];
            }
        }
        return logits;
    }

    private void addSinusoids(Sinusoids fixed, double[] x, int count) {
        double[] frequencies = fixed.frequencies(config.width());
        for (int i = 0; i < frequencies.length; i++) {
            for (int t = 0; t < count; t++) {
                x[i * count + t] += Math.sin((t + fixed.first()) * frequencies[i]);
                x[(frequencies.length + i) * count + t] += Math.cos((t + fixed.first()) * frequencies[i]);
            }
        }
    }

    /** The vocabulary product, {@code [vocabulary][tokens]}. */
    private double[] vocabulary(double[] states, int count) {
        boolean tied = config.architecture().tiedHead();
        float[] weight = weights(tied ? DecoderConfig.EMBEDDING : DecoderConfig.HEAD + ".weight");
        double[] logits = product(weight, states, config.vocabularySize(), count);
        addBias(DecoderConfig.HEAD, logits, count);
        return logits;
    }

    private double[] activated(double[] inner) {
        double[] out = switch (config.architecture().feedForward()) {
            case GELU, ERF_GELU -> new double[inner.length];
            case SWIGLU -> new double[inner.length / 2];
        };
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (config.architecture().feedForward()) {
                case GELU -> gelu(inner[i]);
                case ERF_GELU -> inner[i] / 2 * (1 + ErrorFunction.erf(inner[i] / Math.sqrt(2)));
                case SWIGLU -> silu(inner[i]) * inner[out.length + i];
            };
        }
        return out;
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    /** Turns queries and keys by their rotary positions. */
    private void turn(double[] qkv, int count) {
        if (config.architecture().rotary().isEmpty()) {
            return;
        }
        Rotary rotary = config.architecture().rotary().get();
        double[] frequencies = rotary.frequencies();
        for (int head = 0; head < config.heads() + config.keyValueHeads(); head++) {
            int first = head * config.headWidth();
            for (int pair = 0; pair < frequencies.length; pair++) {
                int a = first + (rotary.neighbours() ? 2 * pair : pair);
                int b = rotary.neighbours() ? a + 1 : a + frequencies.length;
                for (int t = 0; t < count; t++) {
                    double cosine = rotary.magnitude() * Math.cos(t * frequencies[pair]);
                    double sine = rotary.magnitude() * Math.sin(t * frequencies[pair]);
                    double even = qkv[a * count + t];
                    double odd = qkv[b * count + t];
                    qkv[a * count + t] = even * cosine - odd * sine;
                    qkv[b * count + t] = odd * cosine + even * sine;
                }
            }
        }
    }

    /** The tanh form of GELU that GPT-2 was trained with. */
    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /** Causal attention of every head over {@code [features][tokens]} of queries, keys and values. */
    private double[] attention(double[] qkv, int count) {
        int headWidth = config.headWidth();
        int keys = config.attentionWidth();
        int values = keys + config.keyValueHeads() * headWidth;
        double[] out = new double[keys * count];
        double[] weight = new double[count];
        for (int head = 0; head < config.heads(); head++) {
            int first = head * headWidth;
            int shared = head / (config.heads() / config.keyValueHeads()) * headWidth;
            for (int t = 0; t < count; t++) {
                double largest = Double.NEGATIVE_INFINITY;
                for (int j = 0; j <= t; j++) {
                    double score = 0;
                    for (int d = 0; d < headWidth; d++) {
                        score += qkv[(first + d) * count + t] * qkv[(keys + shared + d) * count + j];
                    }
                    weight[j] = score / Math.sqrt(headWidth);
                    largest = Math.max(largest, weight[j]);
                }
                double sum = 0;
                for (int j = 0; j <= t; j++) {
                    weight[j] = Math.exp(weight[j] - largest);
                    sum += weight[j];
                }
                for (int d = 0; d < headWidth; d++) {
                    double value = 0;
                    for (int j = 0; j <= t; j++) {
                        value += weight[j] * qkv[(values + shared + d) * count + j];
                    }
                    out[(first + d) * count + t] = value / sum;
                }
            }
        }
        return out;
    }

    private double[] norm(String name, double[] x, int count) {
        int width = config.width();
        float[] weight = weights(name + ".weight");
        boolean centred = config.architecture().norm() == Architecture.Norm.LAYER;
        double[] out = new double[x.length];
        for (int t = 0; t < count; t++) {
            double mean = 0;
            for (int c = 0; centred && c < width; c++) {
                mean += x[c * count + t];
            }
            mean /= width;
            double variance = 0;
            for (int c = 0; c < width; c++) {
                double distance = x[c * count + t] - mean;
                variance += distance * distance;
            }
            double deviation = Math.sqrt(variance / width + config.layerNormEpsilon());
            for (int c = 0; c < width; c++) {
                out[c * count + t] = (x[c * count + t] - mean) / deviation * weight[c];
            }
        }
        addBias(name, out, count);
        return out;
    }

    private double[] linear(String name, double[] input, int count) {
        quantize(name, input, count);
        float[] weight = weights(name + ".weight");
        double[] out = product(weight, input, weight.length / (input.length / count), count);
        addBias(name, out, count);
        return out;
    }

    /** Adds a bias where there is one. */
    private void addBias(String name, double[] out, int count) {
        if (!tensors.containsKey(name + ".bias")) {
            return;
        }
        float[] bias = weights(name + ".bias");
        for (int r = 0; r < bias.length; r++) {
            for (int t = 0; t < count; t++) {
                out[r * count + t] += bias[r];
            }
        }
    }

    private static double[] product(float[] weight, double[] input, int rows, int count) {
        int columns = input.length / count;
        double[] out = new double[rows * count];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                addTimes(weight[r * columns + c], input, c * count, out, r * count, count);
            }
        }
        return out;
    }

    private static void addTimes(double factor, double[] from, int fromAt, double[] to, int toAt, int count) {
        for (int t = 0; t < count; t++) {
            to[toAt + t] += factor * from[fromAt + t];
        }
    }

    /**
     * Puts an activation on its grid, if it has one, group by group, by the formulas of {@link ActivationQuantization}.
     */
    private void quantize(String name, double[] x, int count) {
        if (!activations.quantizes(name)) {
            return;
        }
        int features = x.length / count;
        int group = activations.of(name).groupSize(features);
        for (int first = 0; first < features; first += group) {
            quantize(name, x, count, first * count, (first + group) * count);
        }
    }

    /** Puts one group of features, the elements {@code from} to {@code to - 1} of {@code x}, on its grid. */
    private void quantize(String name, double[] x, int count, int from, int to) {
        Range range = activations.mode() == Mode.STATIC ? activations.ranges().get(name) : null;
        double levels = 1 << activations.bits(name);
        for (int t = 0; t < count; t++) {
            double low = range == null ? Double.POSITIVE_INFINITY : range.minimum();
            double high = range == null ? Double.NEGATIVE_INFINITY : range.maximum();
            for (int i = from + t; range == null && i < to; i += count) {
                low = Math.min(low, x[i]);
                high = Math.max(high, x[i]);
            }
            boolean symmetric = activations.symmetric();
            double scale = symmetric ? 2 * Math.max(Math.abs(low), Math.abs(high)) / levels : (high - low) / levels;
            double zero = symmetric || scale == 0 ? 0 : Math.rint(low / scale) * scale;
            double least = symmetric ? -levels / 2 : 0;
            for (int i = from + t; i < to; i += count) {
                double code = scale == 0 ? 0 : Math.rint((x[i] - zero) / scale);
                x[i] = scale * Math.clamp(code, least, least + levels - 1) + zero;
            }
        }
    }

    private static void add(double[] target, double[] values) {
        for (int i = 0; i < target.length; i++) {
            target[i] += values[i];
        }
    }

    private float[] weights(String name) {
        return tensors.get(name).toFloats();
    }
}
