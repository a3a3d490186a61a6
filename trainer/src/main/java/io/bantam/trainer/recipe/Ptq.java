package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Quantizes a trained model without training it again (post-training quantization).
 *
 * @param method how codes are chosen
 * @param weights the linear layers of the blocks
 * @param embedding the token embedding; empty leaves float32
 * @param activations the inputs of the quantized linear layers; empty leaves float32
 * @param calibration the text that methods and static activations look at
 * @param gptq how GPTQ goes about it
 * @param adaRound how AdaRound goes about it
 * @param autoRound how AutoRound goes about it
 * @param aqlm how AQLM goes about it
 * @param smoothing SmoothQuant's strength (arXiv:2211.10438); empty leaves the inputs' spread as it is
 * @param biasCorrection whether biases take up the mean error of their layer's output on the calibration text
 */
@Kind("ptq")
public record Ptq(
        @Key(value = "How codes are chosen.", standard = "round-to-nearest")
        Method method,

        @Key("The linear layers of the blocks.") Weights weights,

        @Key(value = "The token embedding; null leaves it in float32.", standard = "null")
        Optional<Embedding> embedding,

        @Key(value = "Inputs of the quantized linear layers; null leaves them in float32.", standard = "null")
        Optional<Activations> activations,

        @Key(value = "Text that methods and static activations look at.", standard = "{}")
        Calibration calibration,

        @Key(value = "How GPTQ goes about it.", standard = "{}")
        GptqSettings gptq,

        @Key(value = "How AdaRound goes about it.", standard = "{}")
        AdaRoundSettings adaRound,

        @Key(value = "How AutoRound goes about it.", standard = "{}")
        AutoRoundSettings autoRound,

        @Key(value = "How AQLM goes about it.", standard = "{}")
        AqlmSettings aqlm,

        @Key(
                value =
                        "SmoothQuant's strength: how much of the inputs' spread goes into the weights; null does nothing.",
                standard = "null",
                atLeast = 0,
                atMost = 1)
        Optional<Double> smoothing,

        @Key(value = "Whether biases take up the mean error of their layer's output.", standard = "false")
        boolean biasCorrection)
        implements Stage {

    public Ptq {
        Limits.check(
                Ptq.class,
                method,
                weights,
                embedding,
                activations,
                calibration,
                gptq,
                adaRound,
                autoRound,
                aqlm,
                smoothing,
                biasCorrection);
    }

    /** The same with other weights. */
    Ptq with(Weights other) {
        return with(method, other, embedding, activations, calibration);
    }

    /** The same with another method. */
    Ptq with(Method other) {
        return with(other, weights, embedding, activations, calibration);
    }

    /** The same with another embedding. */
    Ptq with(Embedding other) {
        return with(method, weights, Optional.of(other), activations, calibration);
    }

    /** The same with other activations. */
    Ptq with(Activations other) {
        return with(method, weights, embedding, Optional.of(other), calibration);
    }

    /** The same with another calibration text. */
    Ptq with(Calibration other) {
        return with(method, weights, embedding, activations, other);
    }

    private Ptq with(
            Method how, Weights linears, Optional<Embedding> words, Optional<Activations> inputs, Calibration text) {
        return new Ptq(how, linears, words, inputs, text, gptq, adaRound, autoRound, aqlm, smoothing, biasCorrection);
    }

    /**
     * The same with a part of the work: calibration sequences, and steps of the methods that learn. A calibration keeps at least
     * the sequences of one step.
     *
     * @param part above 0, at most 1
     */
    public Ptq part(double part) {
        int least = switch (method) {
            case AUTO_ROUND -> autoRound.batchSize();
            case AQLM -> aqlm.batchSize();
            case ROUND_TO_NEAREST, GPTQ, AWQ, ADA_ROUND -> 1;
        };
        Calibration text = new Calibration(
                Math.max(least, part(calibration.samples(), part)),
                calibration.kind(),
                calibration.seed(),
                calibration.path());
        return new Ptq(
                method,
                weights,
                embedding,
                activations,
                text,
                gptq,
                new AdaRoundSettings(part(adaRound.steps(), part), adaRound.learningRate()),
                new AutoRoundSettings(part(autoRound.steps(), part), autoRound.batchSize(), autoRound.precision()),
                new AqlmSettings(
                        aqlm.vector(),
                        aqlm.codeBits(),
                        aqlm.beam(),
                        aqlm.rounds(),
                        part(aqlm.steps(), part),
                        aqlm.batchSize(),
                        aqlm.learningRate(),
                        aqlm.precision()),
                smoothing,
                biasCorrection);
    }

    private static int part(int whole, double part) {
        return (int) Math.ceil(whole * part);
    }

    /** A way of choosing codes. */
    public enum Method {
        /** Every weight goes to the nearest point of its grid. */
        ROUND_TO_NEAREST,
        /** Later columns make up for the error of earlier ones (arXiv:2210.17323). */
        GPTQ,
        /** Columns with large inputs are scaled up, and groups clipped where it helps (arXiv:2306.00978). */
        AWQ,
        /** Each layer learns which weights to round up (arXiv:2004.10568). */
        ADA_ROUND,
        /** Each block learns rounding and ranges by sign descent (arXiv:2309.05516). */
        AUTO_ROUND,
        /** Runs of weights become sums of codewords, fitted block by block (arXiv:2401.06118). */
        AQLM
    }

    /** In which order GPTQ takes the columns of a weight. */
    public enum Order {
        /** As they stand. */
        COLUMNS,
        /** Those with the largest inputs first. */
        ACTIVATIONS
    }

    /**
     * How GPTQ goes about it.
     *
     * @param damping part of the mean of the second moments' diagonal that is added to the diagonal
     * @param block columns that are updated at once
     * @param order in which columns are taken
     */
    public record GptqSettings(
            @Key(
                    value = "Part of the diagonal's mean that is added to the diagonal.",
                    standard = "0.01",
                    above = 0,
                    atMost = 1)
            double damping,

            @Key(value = "Columns that are updated at once.", standard = "128", atLeast = 1)
            int block,

            @Key(value = "In which order columns are taken.", standard = "columns")
            Order order) {

        public GptqSettings {
            Limits.check(GptqSettings.class, damping, block, order);
        }
    }

    /**
     * How AdaRound goes about it.
     *
     * @param steps of each layer
     * @param learningRate of Adam
     */
    public record AdaRoundSettings(
            @Key(value = "Steps of each layer.", standard = "1000", atLeast = 1)
            int steps,

            @Key(value = "Learning rate of Adam.", standard = "0.01", above = 0)
            double learningRate) {

        public AdaRoundSettings {
            Limits.check(AdaRoundSettings.class, steps, learningRate);
        }
    }

    /**
     * How AutoRound goes about it.
     *
     * @param steps of each block
     * @param batchSize calibration sequences a step
     * @param precision of the products that give the gradients; the error is always measured in float32
     */
    public record AutoRoundSettings(
            @Key(value = "Steps of each block.", standard = "200", atLeast = 1)
            int steps,

            @Key(value = "Calibration sequences a step.", standard = "8", atLeast = 1)
            int batchSize,

            @Key(value = "Precision of the products that give the gradients.", standard = "float32")
            Precision precision) {

        public AutoRoundSettings {
            Limits.check(AutoRoundSettings.class, steps, batchSize, precision);
        }
    }

    /**
     * How AQLM goes about it.
     *
     * @param vector weights that a codeword stands for
     * @param codeBits width of a code; the weights' bits times {@code vector} say how many codebooks there are
     * @param beam hypotheses that the search for codes keeps
     * @param rounds of search and fit of each weight, at most
     * @param steps of the fit of each block
     * @param batchSize calibration sequences a step
     * @param learningRate of Adam in the fit of each block, as a part of the values' size
     * @param precision of the products in the fit of each block; its error is always measured in float32
     */
    public record AqlmSettings(
            @Key(value = "Weights that a codeword stands for.", standard = "8", atLeast = 2, atMost = 64)
            int vector,

            @Key(value = "Bits of a code.", standard = "8", atLeast = 2, atMost = 8)
            int codeBits,

            @Key(value = "Hypotheses that the search for codes keeps.", standard = "4", atLeast = 1, atMost = 64)
            int beam,

            @Key(value = "Rounds of search and fit of each weight, at most.", standard = "5", atLeast = 0)
            int rounds,

            @Key(value = "Steps of the fit of each block.", standard = "200", atLeast = 1)
            int steps,

            @Key(value = "Calibration sequences a step of the fit.", standard = "8", atLeast = 1)
            int batchSize,

            @Key(
                    value = "Learning rate of the fit of each block, as a part of the values' size.",
                    standard = "0.003",
                    above = 0)
            double learningRate,

            @Key(value = "Precision of the products in the fit of each block.", standard = "float32")
            Precision precision) {

        public AqlmSettings {
            Limits.check(AqlmSettings.class, vector, codeBits, beam, rounds, steps, batchSize, learningRate, precision);
        }
    }

    /** What a method looks at. */
    public enum Text {
        /** Sequences of the training text. */
        CODE,
        /** Tokens drawn at random. */
        RANDOM,
        /** Parts of a text file, such as prose. */
        TEXT,
        /** Half of the training text, half of a text file. */
        MIXED
    }

    /** How the range that a grid covers is found. */
    public enum Range {
        /** From the smallest to the largest value. */
        MIN_MAX,
        /** The range with the least squared error, of one grid of candidates. */
        MSE,
        /** The same, both ends on their own; differs from the former for asymmetric codes. */
        MSE_2D,
        /** The same by golden section. */
        GOLDEN_SECTION,
        /** The range with the least cross-entropy of the logits, on calibration text; for the embedding only. */
        CROSS_ENTROPY
    }

    /**
     * How the weights of the linear layers are quantized.
     *
     * @param bits the width
     * @param symmetric whether codes are centred on 0; always so for 1 bit and ternary
     * @param granularity which weights share a scale
     * @param range how the range of a grid of 2 to 8 bits is found
     * @param include layer names to quantize, {@code *} stands for any text
     * @param exclude layer names to leave in float32, stronger than {@code include}
     * @param overrides other widths for some of the layers; a later one is stronger
     * @param budget chooses the width of each weight; empty gives all the same
     */
    public record Weights(
            @Key(WeightBits.MEANING) WeightBits bits,

            @Key(value = "Codes centred on 0; always so for 1 bit and ternary.", standard = "true")
            boolean symmetric,

            @Key(value = "Which weights share a scale.", standard = "per-row")
            Granularity granularity,

            @Key(value = "How the range of the grid is found.", standard = "min-max")
            Range range,

            @Key(value = "Layer names to quantize; * stands for any text.", standard = "['*']", notEmpty = true)
            List<String> include,

            @Key(value = "Layer names to leave in float32.", standard = "[]")
            List<String> exclude,

            @Key(value = "Other widths for some of the layers; a later one is stronger.", standard = "[]")
            List<Width> overrides,

            @Key(value = "Chooses the width of each weight; null gives all the same.", standard = "null")
            Optional<Budget> budget)
            implements WeightSettings {

        public Weights {
            Limits.check(Weights.class, bits, symmetric, granularity, range, include, exclude, overrides, budget);
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
            overrides = List.copyOf(overrides);
        }

        /** The same with another width. */
        Weights with(WeightBits other) {
            return new Weights(other, symmetric, granularity, range, include, exclude, overrides, budget);
        }

        /** The same with another granularity. */
        Weights with(Granularity other) {
            return new Weights(bits, symmetric, other, range, include, exclude, overrides, budget);
        }
    }

    /**
     * Another width for some layers.
     *
     * @param include their names, {@code *} stands for any text
     * @param bits the width
     */
    public record Width(
            @Key(value = "Layer names; * stands for any text.", notEmpty = true)
            List<String> include,

            @Key(WeightBits.MEANING) WeightBits bits) {

        public Width {
            Limits.check(Width.class, include, bits);
            include = List.copyOf(include);
        }

        /** Whether a layer is one of these. */
        public boolean names(String layer) {
            return include.stream().anyMatch(pattern -> LayerPattern.matches(pattern, layer));
        }
    }

    /**
     * A width for each weight, by how much it matters. One bound is given.
     *
     * @param averageBits the most bits a weight, on average, without scales; layers with an override count as well
     * @param bytes the largest packed file, with everything that is in it
     * @param widths that a weight may have beside the stage's own
     */
    public record Budget(
            @Key(
                    value = "The most bits a weight, on average, without scales; null where bytes are given.",
                    standard = "null",
                    atLeast = 2,
                    atMost = 8)
            Optional<Double> averageBits,

            @Key(
                    value = "Most bytes of the packed file; null where averageBits are given.",
                    standard = "null",
                    atLeast = 1)
            Optional<Long> bytes,

            @Key(
                    value = "Widths that a weight may have beside the stage's own.",
                    standard = "[2, 3, 4, 8]",
                    notEmpty = true,
                    atLeast = 2,
                    atMost = 8)
            List<Integer> widths) {

        public Budget {
            Limits.check(Budget.class, averageBits, bytes, widths);
            widths = List.copyOf(widths);
        }
    }

    /**
     * How the token embedding is quantized: row by row.
     *
     * @param bits the width
     * @param symmetric whether codes are centred on 0; always so for 1 bit and ternary
     * @param range how the range of a grid of 2 to 8 bits is found
     */
    public record Embedding(
            @Key(value = WeightBits.MEANING, standard = "8") WeightBits bits,

            @Key(value = "Codes centred on 0; always so for 1 bit and ternary.", standard = "true")
            boolean symmetric,

            @Key(value = "How the range of the grid is found.", standard = "min-max")
            Range range)
            implements EmbeddingSettings {

        public Embedding {
            Limits.check(Embedding.class, bits, symmetric, range);
        }
    }

    /** How the fixed range of a layer's inputs is found. */
    public enum InputRange {
        /** From the smallest to the largest value of all sequences. */
        MIN_MAX,
        /** A moving average of the sequences' smallest and largest values, momentum 0.9. */
        RUNNING_MIN_MAX,
        /** All but the extremes. */
        PERCENTILE,
        /** The range with the least squared error, of one grid of candidates. */
        MSE,
        /** The same, both ends on their own; differs from the former for asymmetric codes. */
        MSE_2D,
        /** The same by golden section. */
        GOLDEN_SECTION,
        /** The range that loses the least information (Kullback-Leibler divergence). */
        ENTROPY
    }

    /**
     * How the inputs of linear layers are quantized.
     *
     * @param bits 4, 8 or 16
     * @param symmetric whether codes are centred on 0
     * @param mode one scale a token, or one fixed scale a layer
     * @param group neighbouring features of an input that share a scale, in dynamic mode; empty for all of a token
     * @param range how the fixed scale is found, in static mode
     * @param percentile of the values that lie within each end of the range 'percentile'
     * @param groups of features with a range of their own (PEG, arXiv:2109.12948), folded into the layer before; empty for
     *     one range
     * @param overrides other widths for some of the activations, and widths for sums of the residual stream; a later one is
     *     stronger
     */
    public record Activations(
            @Key(
                    value = "Bits an activation.",
                    standard = "8",
                    oneOf = {4, 8, 16})
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

            @Key(value = "How the fixed scale is found, in static mode.", standard = "min-max")
            InputRange range,

            @Key(
                    value = "Percent of the values within each end, for the range 'percentile'.",
                    standard = "99.99",
                    above = 50,
                    atMost = 100)
            double percentile,

            @Key(
                    value =
                            "Groups of features with a range of their own, folded into the layer before; null for one range.",
                    standard = "null",
                    atLeast = 1)
            Optional<Integer> groups,

            @Key(
                    value = "Other widths for some inputs, and widths for the residual stream's sums; a later one is"
                            + " stronger.",
                    standard = "[]")
            List<ActivationWidth> overrides)
            implements ActivationSettings {

        public Activations {
            Limits.check(Activations.class, bits, symmetric, mode, group, range, percentile, groups, overrides);
            overrides = List.copyOf(overrides);
        }
    }

    /**
     * Another width for some activations: mixed precision by name, as Bondarenko et al. (arXiv:2109.12948) and Storti use it to keep
     * the residual stream's sums at 16 bits while all else has 8.
     *
     * @param include names of linear layers, for their inputs, or of sums, {@code h.0.attn.sum} behind the attention and {@code
     *     h.0.mlp.sum} behind the feed-forward part; {@code *} stands for any text
     * @param bits 4, 8, 16, or 32 for floating point; inputs of linear layers with 16 are computed in float32 too
     */
    public record ActivationWidth(
            @Key(
                    value =
                            "Linear layers, for their inputs, or sums such as h.0.attn.sum and h.0.mlp.sum; * stands for"
                                    + " any text.",
                    notEmpty = true)
            List<String> include,

            @Key(
                    value = "Bits an activation; 32 is floating point.",
                    oneOf = {4, 8, 16, 32})
            int bits) {

        public ActivationWidth {
            Limits.check(ActivationWidth.class, include, bits);
            include = List.copyOf(include);
        }

        /** Whether an activation is one of these. */
        public boolean names(String activation) {
            return include.stream().anyMatch(pattern -> LayerPattern.matches(pattern, activation));
        }
    }

    /**
     * The text a method looks at.
     *
     * @param samples sequences
     * @param kind of which text
     * @param seed draws the sequences; empty takes them at equal distances
     * @param path the text file of the kinds 'text' and 'mixed', UTF-8
     */
    public record Calibration(
            @Key(value = "Sequences to look at.", standard = "64", atLeast = 1, atMost = 1_000_000)
            int samples,

            @Key(value = "Training text, random tokens, a text file, or half of each text.", standard = "code")
            Text kind,

            @Key(value = "Draws the sequences; null takes them at equal distances.", standard = "null", atLeast = 0)
            Optional<Integer> seed,

            @Key(value = "Text file of the kinds 'text' and 'mixed'.", standard = "null")
            Optional<Path> path) {

        public Calibration {
            Limits.check(Calibration.class, samples, kind, seed, path);
        }
    }
}
