package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.ptq.AdaRound;
import io.bantam.trainer.ptq.Aqlm;
import io.bantam.trainer.ptq.AutoRound;
import io.bantam.trainer.ptq.Gptq;
import io.bantam.trainer.ptq.PtqDemands;
import io.bantam.trainer.ptq.PtqMethod;
import io.bantam.trainer.ptq.Refusal;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.Limits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

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
@Kind(value = "ptq", meaning = "Quantizes a trained model without training it again (post-training quantization).")
public record Ptq(
        @Key(
                value = "How codes are chosen: round-to-nearest takes the nearest grid point; gptq lets later"
                        + " columns make"
                        + " up for earlier ones (arXiv:2210.17323); awq scales up columns with large inputs"
                        + " (arXiv:2306.00978); ada-round learns per layer which weights to round up"
                        + " (arXiv:2004.10568);"
                        + " auto-round learns rounding and ranges per block (arXiv:2309.05516); aqlm replaces runs of"
                        + " weights by sums of codewords (arXiv:2401.06118). All but the first read calibration text.",
                standard = "round-to-nearest")
        PtqMethod.Name method,

        @Key("How the weights of the blocks' linear layers are quantized.")
        Weights weights,

        @Key(value = "How the token embedding is quantized; null leaves it in float32.", standard = "null")
        Optional<Embedding> embedding,

        @Key(
                value = "How the inputs of the quantized linear layers are quantized; null leaves them in"
                        + " float32.",
                standard = "null")
        Optional<Activations> activations,

        @Key(value = "The text that methods and static activation ranges are fitted to.", standard = "{}")
        Calibration calibration,

        @Key(value = "Settings of the method gptq.", standard = "{}")
        Gptq gptq,

        @Key(value = "Settings of the method ada-round.", standard = "{}")
        AdaRound adaRound,

        @Key(value = "Settings of the method auto-round.", standard = "{}")
        AutoRound autoRound,

        @Key(value = "Settings of the method aqlm.", standard = "{}")
        Aqlm aqlm,

        @Key(
                value = "Strength of SmoothQuant (arXiv:2211.10438): how much of the spread of a layer's"
                        + " inputs moves into its"
                        + " weights, 0 none to 1 all; null switches it off.",
                standard = "null",
                atLeast = 0,
                atMost = 1)
        Optional<Double> smoothing,

        @Key(
                value = "Adds the mean error of a layer's output, on the calibration text, to its bias.",
                standard = "false")
        boolean biasCorrection)
        implements Stage, PtqMethod.Settings {

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

    /** This stage with other weights. */
    Ptq with(Weights other) {
        return with(method, other, embedding, activations, calibration);
    }

    /** This stage with another method. */
    Ptq with(PtqMethod.Name other) {
        return with(other, weights, embedding, activations, calibration);
    }

    /** This stage with another embedding. */
    Ptq with(Embedding other) {
        return with(method, weights, Optional.of(other), activations, calibration);
    }

    /** This stage with other activations. */
    Ptq with(Activations other) {
        return with(method, weights, embedding, Optional.of(other), calibration);
    }

    /** This stage with another calibration text. */
    Ptq with(Calibration other) {
        return with(method, weights, embedding, activations, other);
    }

    private Ptq with(
            PtqMethod.Name how,
            Weights linears,
            Optional<Embedding> words,
            Optional<Activations> inputs,
            Calibration text) {
        return new Ptq(how, linears, words, inputs, text, gptq, adaRound, autoRound, aqlm, smoothing, biasCorrection);
    }

    /** The method that chooses the codes, with its keys. */
    public PtqMethod chosen() {
        return method.in(this);
    }

    /**
     * This stage with a part of its work: calibration sequences, and steps of the methods that learn. A calibration
     * keeps at least the sequences of one step.
     *
     * @param part above 0, at most 1
     */
    public Ptq part(double part) {
        int least = chosen() instanceof PtqMethod.ByBlock block ? block.batchSize() : 1;
        Calibration text = new Calibration(
                Math.max(least, (int) Math.ceil(calibration.samples() * part)),
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
                adaRound.part(part),
                autoRound.part(part),
                aqlm.part(part),
                smoothing,
                biasCorrection);
    }

    /** What the stage asks of its method beside the method's own keys. */
    PtqDemands demands() {
        List<WeightBits> bits = new ArrayList<>(List.of(weights.bits()));
        weights.overrides().forEach(override -> bits.add(override.bits()));
        SortedSet<Integer> widths =
                new TreeSet<>(weights.budget().map(Budget::widths).orElse(List.of()));
        bits.stream().filter(WeightBits::isUniform).forEach(uniform -> widths.add(uniform.bits()));
        return new PtqDemands(
                unfit(bits, width -> !width.hasGrid(), WeightBits::hasGrid),
                unfit(bits, width -> width.hasGrid() && !width.isUniform(), WeightBits::isUniform),
                widths,
                weights.granularity(),
                calibration.samples(),
                smoothing.isPresent(),
                activations.flatMap(Activations::groups).isPresent(),
                biasCorrection);
    }

    private static Optional<PtqDemands.Unfit> unfit(
            List<WeightBits> asked, Predicate<WeightBits> unfit, Predicate<WeightBits> fit) {
        List<WeightBits> found = asked.stream().filter(unfit).toList();
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(new PtqDemands.Unfit(WeightBits.adjectives(found), WeightBits.listed(fit)));
    }

    /** What of the stage cannot be done with a model; empty if all of it can. */
    public List<Refusal> refusals(ModelFacts model) {
        return PtqChecks.refusals(this, model);
    }

    /** Whether scales of the inputs are folded into what stands before the layers. */
    public boolean foldsScales() {
        return chosen().scalesInputs()
                || smoothing.isPresent()
                || activations.flatMap(Activations::groups).isPresent();
    }

    /** Whether calibration text is needed to choose the codes of the linear layers. */
    public boolean choosesByText() {
        return chosen().scope() != PtqMethod.Scope.WEIGHT || biasCorrection || foldsScales();
    }

    /** Whether the range of the embedding is judged by the logits. */
    public boolean rangesByLogits() {
        return embedding.filter(e -> e.range() == Range.CROSS_ENTROPY).isPresent();
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
        /** The least squared error, both ends searched on their own; differs from the former for asymmetric codes. */
        MSE_2D,
        /** The least squared error, found by golden section. */
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

            @Key(value = "Whether the grid is centred on 0; a grid of 1 bit or ternary always is.", standard = "true")
            boolean symmetric,

            @Key(
                    value = "Which weights share a scale: those of a row, of the whole tensor, of each run of N"
                            + " columns in a row (group), or of each of N equal runs of the whole matrix (groups).",
                    standard = "per-row")
            Granularity granularity,

            @Key(
                    value = "How the range of a grid of 2 to 8 bits is found: min-max, the extremes; mse, the"
                            + " least squared error of one list of candidates; mse-2d, with both ends searched;"
                            + " golden-section, by that search; cross-entropy, the least loss on calibration text,"
                            + " for the embedding only.",
                    standard = "min-max")
            Range range,

            @Key(
                    value = "Names of the layers to quantize, such as h.3.mlp.c_fc; * stands for any text.",
                    standard = "['*']",
                    notEmpty = true)
            List<String> include,

            @Key(value = "Names of layers to leave in float32; stronger than include.", standard = "[]")
            List<String> exclude,

            @Key(value = "Other widths for some of the layers; a later entry is stronger.", standard = "[]")
            List<Width> overrides,

            @Key(
                    value = "Chooses the width of each weight by how much it matters, within a bound; null gives"
                            + " all the same.",
                    standard = "null")
            Optional<Budget> budget)
            implements WeightSettings {

        public Weights {
            Limits.check(Weights.class, bits, symmetric, granularity, range, include, exclude, overrides, budget);
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
            overrides = List.copyOf(overrides);
        }

        /** These settings with another width. */
        Weights with(WeightBits other) {
            return new Weights(other, symmetric, granularity, range, include, exclude, overrides, budget);
        }

        /** These settings with another granularity. */
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
            @Key(value = "Names of layers; * stands for any text.", notEmpty = true)
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
                    value = "Most bits per weight on average, scales not counted; null where bytes is given.",
                    standard = "null",
                    atLeast = 2,
                    atMost = 8)
            Optional<Double> averageBits,

            @Key(
                    value = "Most bytes of the packed file, everything in it counted; null where averageBits is given.",
                    standard = "null",
                    atLeast = 1)
            Optional<Long> bytes,

            @Key(
                    value = "Widths in bits that a weight may get, beside weights.bits.",
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

            @Key(value = "Whether the grid is centred on 0; a grid of 1 bit or ternary always is.", standard = "true")
            boolean symmetric,

            @Key(
                    value = "How the range of a grid of 2 to 8 bits is found: min-max, the extremes; mse, the"
                            + " least squared error of one list of candidates; mse-2d, with both ends searched;"
                            + " golden-section, by that search; cross-entropy, the least loss on calibration text,"
                            + " for the embedding only.",
                    standard = "min-max")
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
        /** The least squared error, both ends searched on their own; differs from the former for asymmetric codes. */
        MSE_2D,
        /** The least squared error, found by golden section. */
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
     * @param groups of features with a range of their own (PEG, arXiv:2109.12948), folded into the layer before; empty
     *     for one range
     * @param overrides other widths for some of the activations, and widths for sums of the residual stream; a later
     *     one is stronger
     */
    public record Activations(
            @Key(
                    value = "Bits per activation; 16 is computed in float32.",
                    standard = "8",
                    oneOf = {4, 8, 16})
            int bits,

            @Key(value = "Whether the grid is centred on 0.", standard = "true")
            boolean symmetric,

            @Key(
                    value = "dynamic: a scale for each token, from its own values; static: one fixed scale for"
                            + " each layer, from calibration.",
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
                    value = "How the fixed range is found in static mode: min-max, the extremes of all sequences;"
                            + " running-min-max, a moving average of each sequence's extremes (momentum 0.9);"
                            + " percentile, without the extremes; mse, mse-2d and golden-section, the least squared"
                            + " error; entropy, the least Kullback-Leibler divergence.",
                    standard = "min-max")
            InputRange range,

            @Key(
                    value = "Percent of the values within each end of the range, for the range percentile.",
                    standard = "99.99",
                    above = 50,
                    atMost = 100)
            double percentile,

            @Key(
                    value = "Number of feature groups with a range of their own (per-embedding groups,"
                            + " arXiv:2109.12948),"
                            + " folded into the layer before; null: one range.",
                    standard = "null",
                    atLeast = 1)
            Optional<Integer> groups,

            @Key(
                    value = "Other widths for single inputs, and widths for sums of the residual stream; a later"
                            + " entry is"
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
     * Another width for some activations: mixed precision by name, as Bondarenko et al. (arXiv:2109.12948) and Storti
     * use it to keep the residual stream's sums at 16 bits while all else has 8.
     *
     * @param include names of linear layers, for their inputs, or of sums, {@code h.0.attn.sum} behind the attention
     *     and {@code h.0.mlp.sum} behind the feed-forward part; {@code *} stands for any text
     * @param bits 4, 8, 16, or 32 for floating point; inputs of linear layers with 16 are computed in float32 too
     */
    public record ActivationWidth(
            @Key(
                    value = "Names of linear layers, for their inputs, or of sums of the residual stream, such as"
                            + " h.0.attn.sum"
                            + " and h.0.mlp.sum; * stands for any text.",
                    notEmpty = true)
            List<String> include,

            @Key(
                    value = "Bits per activation; 32 is floating point, and inputs of linear layers with 16 are"
                            + " computed in float32 too.",
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
            @Key(
                    value = "Sequences of data.sequenceLength tokens to read.",
                    standard = "64",
                    atLeast = 1,
                    atMost = 1_000_000)
            int samples,

            @Key(
                    value = "code: the training text; random: tokens drawn at random; text: the file at path;"
                            + " mixed: half code, half that file.",
                    standard = "code")
            Text kind,

            @Key(
                    value = "Seed that draws the sequences from the text; null takes them at equal distances.",
                    standard = "null",
                    atLeast = 0)
            Optional<Integer> seed,

            @Key(value = "UTF-8 text file for the kinds text and mixed.", standard = "null", result = false)
            Optional<Path> path) {

        public Calibration {
            Limits.check(Calibration.class, samples, kind, seed, path);
        }
    }
}
