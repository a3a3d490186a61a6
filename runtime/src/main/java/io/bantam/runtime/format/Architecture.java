package io.bantam.runtime.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The form of a decoder: everything that tells one family from another but the sizes that all have. What runs a model
 * reads these parts and never the name.
 *
 * @param name of the family, such as {@code gpt2} or {@code llama}
 * @param norm what normalizes the hidden state
 * @param rotary how queries and keys are turned
 * @param sinusoids fixed positions that are added to the embedding; without these and without rotary ones they are
 *     learned
 * @param embeddingScale what looked-up embeddings are multiplied with, usually 1
 * @param feedForward what stands between the feed-forward part's two linears
 * @param parallel whether attention and feed-forward part read the same norm and are added together (GPT-J)
 * @param keyValueHeads heads of keys and values, each for as many neighbouring heads of queries (grouped-query
 *     attention, arXiv:2305.13245); 0 for as many as heads
 * @param headWidth features of a head; 0 for width / heads
 * @param tiedHead whether the vocabulary product uses the embedding, otherwise {@code lm_head.weight}
 * @param biases the linears that have one
 */
public record Architecture(
        String name,
        Norm norm,
        Optional<Rotary> rotary,
        Optional<Sinusoids> sinusoids,
        double embeddingScale,
        FeedForward feedForward,
        boolean parallel,
        int keyValueHeads,
        int headWidth,
        boolean tiedHead,
        Set<Bias> biases) {
    /** GPT-2: learned positions, layer norm, tanh GELU, biases everywhere, tied embedding. */
    public static final Architecture GPT2 = new Architecture(
            "gpt2",
            Norm.LAYER,
            Optional.empty(),
            FeedForward.GELU,
            false,
            0,
            0,
            true,
            Set.of(Bias.ATTENTION_IN, Bias.ATTENTION_OUT, Bias.FEED_FORWARD));

    /** Norms of a token's features. */
    public enum Norm {
        /** {@code (x - mean) / sqrt(variance + epsilon) * weight + bias}. */
        LAYER,
        /** {@code x / sqrt(mean of squares + epsilon) * weight} (arXiv:1910.07467). */
        RMS
    }

    /** The function between the two linears of the feed-forward part. */
    public enum FeedForward {
        /** The tanh form of GELU. */
        GELU,
        /** GELU by the error function: {@code x (1 + erf(x / sqrt(2))) / 2} (arXiv:1606.08415). */
        ERF_GELU,
        /** The first linear gives gate and value, {@code [2 inner]}: {@code silu(gate) * value} (arXiv:2002.05202). */
        SWIGLU
    }

    /** Linears that may have a bias. */
    public enum Bias {
        /** {@code attn.c_attn}. */
        ATTENTION_IN,
        /** {@code attn.c_proj}. */
        ATTENTION_OUT,
        /** {@code mlp.c_fc} and {@code mlp.c_proj}. */
        FEED_FORWARD,
        /** The vocabulary product. */
        HEAD
    }

    /** Copies, and refuses negative counts. */
    public Architecture {
        biases = Set.copyOf(biases);
        if (keyValueHeads < 0 || headWidth < 0) {
            throw new IllegalArgumentException(
                    "key-value heads " + keyValueHeads + " and head width " + headWidth + ": expected 0 or more");
        }
        if (!(embeddingScale > 0) || Double.isInfinite(embeddingScale)) {
            throw new IllegalArgumentException("embedding scale: expected a number above 0, found " + embeddingScale);
        }
        if (rotary.isPresent() && sinusoids.isPresent()) {
            throw new IllegalArgumentException("positions are either rotary or sinusoids");
        }
        if (tiedHead && biases.contains(Bias.HEAD)) {
            throw new IllegalArgumentException("a tied head has no bias");
        }
    }

    /** Makes a form whose embedding is not scaled and whose positions are rotary or learned. */
    public Architecture(
            String name,
            Norm norm,
            Optional<Rotary> rotary,
            FeedForward feedForward,
            boolean parallel,
            int keyValueHeads,
            int headWidth,
            boolean tiedHead,
            Set<Bias> biases) {
        this(
                name,
                norm,
                rotary,
                Optional.empty(),
                1,
                feedForward,
                parallel,
                keyValueHeads,
                headWidth,
                tiedHead,
                biases);
    }

    /** Whether positions are learned. */
    public boolean learnsPositions() {
        return rotary.isEmpty() && sinusoids.isEmpty();
    }

    /** Whether a kind of linear has a bias. */
    public boolean has(Bias bias) {
        return biases.contains(bias);
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("norm", label(norm));
        json.put("rotary", rotary.map(Rotary::toJson).orElse(null));
        sinusoids.ifPresent(fixed -> json.put("sinusoids", fixed.toJson()));
        if (embeddingScale != 1) {
            json.put("embedding_scale", embeddingScale);
        }
        json.put("feed_forward", label(feedForward));
        json.put("parallel", parallel);
        json.put("key_value_heads", keyValueHeads);
        json.put("head_width", headWidth);
        json.put("tied_head", tiedHead);
        json.put("biases", biases.stream().sorted().map(Architecture::label).toList());
        return json;
    }

    static Architecture fromJson(String name, JsonFields json) throws FormatException {
        try {
            List<Bias> biases = new ArrayList<>();
            for (String bias : json.strings("biases")) {
                biases.add(constant(json, "biases", bias, Arrays.asList(Bias.values())));
            }
            Architecture architecture = new Architecture(
                    name,
                    constant(json, "norm", json.string("norm"), Arrays.asList(Norm.values())),
                    json.isNull("rotary") ? Optional.empty() : Optional.of(Rotary.fromJson(json.object("rotary"))),
                    json.names().contains("sinusoids")
                            ? Optional.of(Sinusoids.fromJson(json.object("sinusoids")))
                            : Optional.empty(),
                    json.names().contains("embedding_scale") ? json.number("embedding_scale") : 1,
                    constant(json, "feed_forward", json.string("feed_forward"), Arrays.asList(FeedForward.values())),
                    json.bool("parallel"),
                    json.integer("key_value_heads"),
                    json.integer("head_width"),
                    json.bool("tied_head"),
                    Set.copyOf(biases));
            json.requireAllRead();
            return architecture;
        } catch (IllegalArgumentException problem) {
            throw json.error(problem);
        }
    }

    private static <E extends Enum<E>> E constant(JsonFields json, String key, String label, Collection<E> all)
            throws FormatException {
        for (E constant : all) {
            if (label(constant).equals(label)) {
                return constant;
            }
        }
        throw json.error(
                key, "expected one of " + all.stream().map(Architecture::label).toList() + ", found '" + label + "'");
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
