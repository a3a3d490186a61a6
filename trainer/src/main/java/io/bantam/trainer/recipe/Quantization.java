package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
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
        @Key("The linear layers of the blocks.") Weights weights,

        @Key(value = "The token embedding; null leaves it in float32.", standard = "null")
        Optional<Embedding> embedding,

        @Key(value = "Inputs of the quantized linear layers; null leaves them in float32.", standard = "null")
        Optional<Activations> activations,

        @Key(value = "Gradient through the rounding of weights.", standard = "plain")
        StraightThrough straightThrough,

        @Key(value = "When quantization sets in.", standard = "{}")
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
            @Key(value = "First step with quantization.", standard = "0", atLeast = 0)
            int startStep,

            @Key(
                    value = "Width of the weights at the start, falling bit by bit; null starts with their own.",
                    standard = "null",
                    atLeast = 2,
                    atMost = 8)
            Optional<Integer> startBits,

            @Key(value = "Steps with each width on the way down from startBits.", standard = "null", atLeast = 1)
            Optional<Integer> stepsPerBit,

            @Key(
                    value = "Steps from the start of one block to that of the next; 0 starts all together.",
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

            @Key(value = "Codes centred on 0; always so for 1 bit and ternary.", standard = "true")
            boolean symmetric,

            @Key(value = "Which weights share a scale.", standard = "per-row")
            Granularity granularity,

            @Key(value = "Layer names to quantize; * stands for any text.", standard = "['*']", notEmpty = true)
            List<String> include,

            @Key(value = "Layer names to leave in float32.", standard = "[]")
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

            @Key(value = "Codes centred on 0; always so for 1 bit and ternary.", standard = "true")
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
                    value = "Bits an activation.",
                    standard = "8",
                    oneOf = {4, 8})
            int bits,

            @Key(value = "Codes centred on 0.", standard = "true")
            boolean symmetric,

            @Key(value = "One scale a token, or one fixed scale a layer.", standard = "dynamic")
            ActivationMode mode,

            @Key(
                    value =
                            "Neighbouring features of an input that share a scale, in dynamic mode; null for all of a token.",
                    standard = "null",
                    atLeast = 2)
            Optional<Integer> group,

            @Key(
                    value = "What a batch leaves of the running range, in static mode.",
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
