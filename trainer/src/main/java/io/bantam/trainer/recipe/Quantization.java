package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.List;
import java.util.Optional;

/**
 * What a quantization-aware distillation quantizes. Biases, layer normalisations and positions stay float32.
 *
 * @param weights the linear layers of the blocks
 * @param embedding the token embedding, quantized once for the lookup and the vocabulary product; empty leaves float32
 * @param activations the inputs of the quantized linear layers; empty leaves float32
 * @param straightThrough the gradient through the rounding of weights
 * @param schedule when quantization sets in
 */
public record Quantization(
        @Key("How the weights of the blocks' linear layers are quantized.")
        Weights weights,

        @Key(value = "How the token embedding is quantized; null leaves it in float32.", standard = "null")
        Optional<Embedding> embedding,

        @Key(
                value = "How the inputs of the quantized linear layers are quantized; null leaves them in"
                        + " float32.",
                standard = "null")
        Optional<Activations> activations,

        @Key(
                value = "Gradient through the rounding of weights: plain is 1 everywhere; clipped is 0 for"
                        + " weights beyond the grid.",
                standard = "plain")
        StraightThrough straightThrough,

        @Key(value = "From which step on weights are quantized, and with how many bits.", standard = "{}")
        Schedule schedule) {

    public Quantization {
        Limits.check(Quantization.class, weights, embedding, activations, straightThrough, schedule);
    }

    /**
     * When the weights are quantized. Before that they are in floating point.
     *
     * @param startStep the first step with quantization
     * @param startBits width of the weights at the start, falling bit by bit to their own; empty starts with their own
     * @param stepsPerBit steps with each width on the way; given exactly when {@code startBits} is
     * @param stepsBetweenLayers steps from the start of one block to that of the next; 0 starts all together
     */
    public record Schedule(
            @Key(
                    value = "First optimizer step with quantized weights; before it they are in floating point.",
                    standard = "0",
                    atLeast = 0)
            int startStep,

            @Key(
                    value = "Bits per weight at the start, falling one by one to weights.bits; null starts with"
                            + " weights.bits.",
                    standard = "null",
                    atLeast = 2,
                    atMost = 8)
            Optional<Integer> startBits,

            @Key(
                    value = "Optimizer steps with each width on the way down from startBits; given exactly when"
                            + " startBits is.",
                    standard = "null",
                    atLeast = 1)
            Optional<Integer> stepsPerBit,

            @Key(
                    value = "Optimizer steps after which the next block starts to be quantized; 0 starts all"
                            + " blocks together.",
                    standard = "0",
                    atLeast = 0)
            int stepsBetweenLayers) {

        public Schedule {
            Limits.check(Schedule.class, startStep, startBits, stepsPerBit, stepsBetweenLayers);
        }
    }

    /**
     * How the weights of the linear layers are quantized.
     *
     * @param bits the width
     * @param symmetric whether codes are centred on 0; always so for 1 bit and ternary
     * @param granularity which weights share a scale
     * @param include layer names to quantize, {@code *} stands for any text; {@code h.3.mlp.c_fc} is such a name
     * @param exclude layer names to leave in float32, stronger than {@code include}
     */
    public record Weights(
            @Key(WeightBits.MEANING) WeightBits bits,

            @Key(value = "Whether the grid is centred on 0; a grid of 1 bit or ternary always is.", standard = "true")
            boolean symmetric,

            @Key(
                    value = "Which weights share a scale: those of a row, of the whole tensor, of each run of N"
                            + " columns in a row (group), or of each of N equal runs of the whole matrix (groups).",
                    standard = "per-row")
            Granularity granularity,

            @Key(
                    value = "Names of the layers to quantize, such as h.3.mlp.c_fc; * stands for any text.",
                    standard = "['*']",
                    notEmpty = true)
            List<String> include,

            @Key(value = "Names of layers to leave in float32; stronger than include.", standard = "[]")
            List<String> exclude)
            implements WeightSettings {

        public Weights {
            Limits.check(Weights.class, bits, symmetric, granularity, include, exclude);
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
        }
    }

    /**
     * How the token embedding is quantized: row by row.
     *
     * @param bits the width
     * @param symmetric whether codes are centred on 0; always so for 1 bit and ternary
     */
    public record Embedding(
            @Key(value = WeightBits.MEANING, standard = "8") WeightBits bits,

            @Key(value = "Whether the grid is centred on 0; a grid of 1 bit or ternary always is.", standard = "true")
            boolean symmetric)
            implements EmbeddingSettings {

        public Embedding {
            Limits.check(Embedding.class, bits, symmetric);
        }
    }

    /**
     * How the inputs of linear layers are quantized.
     *
     * @param bits 8 or 4
     * @param symmetric whether codes are centred on 0
     * @param mode one scale a token, or one fixed scale a layer
     * @param group neighbouring features of an input that share a scale, in dynamic mode; empty for all of a token
     * @param momentum what a batch leaves of the running range in static mode: range = momentum range + (1 - momentum)
     *     batch range
     */
    public record Activations(
            @Key(
                    value = "Bits per activation.",
                    standard = "8",
                    oneOf = {4, 8})
            int bits,

            @Key(value = "Whether the grid is centred on 0.", standard = "true")
            boolean symmetric,

            @Key(
                    value = "dynamic: a scale for each token, from its own values; static: one fixed scale for"
                            + " each layer, from a running range.",
                    standard = "dynamic")
            ActivationMode mode,

            @Key(
                    value = "Neighbouring features of an input that share a scale, in dynamic mode; null: all"
                            + " features of a"
                            + " token. Smaller groups are nearer to floating point and slower.",
                    standard = "null",
                    atLeast = 2)
            Optional<Integer> group,

            @Key(
                    value = "Momentum m of the running range in static mode: range = m range + (1 - m) batch range.",
                    standard = "0.95",
                    atLeast = 0,
                    below = 1)
            double momentum)
            implements ActivationSettings {

        public Activations {
            Limits.check(Activations.class, bits, symmetric, mode, group, momentum);
        }
    }
}
