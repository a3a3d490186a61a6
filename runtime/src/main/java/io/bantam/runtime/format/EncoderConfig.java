package io.bantam.runtime.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The shape of a model with an encoder: blocks that see the whole text, and behind them either a classifier (BERT,
 * RoBERTa, CodeBERT) or a decoder that reads what they give (T5, BART).
 *
 * <p>Tensors have the names of {@link DecoderConfig}: the encoder's blocks are {@code h.N.}, the decoder's {@code
 * decoder.h.N.}. The latter have a second attention, {@code cross.c_q}, {@code cross.c_kv} (keys and values, one after
 * the other) and {@code cross.c_proj}. A block's norms are numbered in the order of its parts, wherever the
 * architecture puts them.
 *
 * @param family as {@code model_type}
 * @param vocabularySize tokens of the vocabulary
 * @param positions longest text, in tokens
 * @param width features of the hidden state
 * @param innerWidth features inside the feed-forward part; with a gate those of gate and value each
 * @param encoderLayers blocks of the encoder
 * @param decoderLayers blocks of the decoder; 0 where there is none
 * @param heads attention heads
 * @param headWidth features of one head
 * @param layerNormEpsilon added to the variance, or the mean of squares, in every norm
 * @param types kinds of text that have an embedding of their own; 0 for none
 * @param classes labels of the classifier; 0 where there is none
 * @param tokens ids of special tokens
 * @param form what it computes
 */
public record EncoderConfig(
        String family,
        int vocabularySize,
        int positions,
        int width,
        int innerWidth,
        int encoderLayers,
        int decoderLayers,
        int heads,
        int headWidth,
        float layerNormEpsilon,
        int types,
        int classes,
        Tokens tokens,
        Form form)
        implements ModelConfig {
    /** The prefix of the names of the decoder's tensors. */
    public static final String DECODER = "decoder.";

    /** The name of the linear before the classifier, that sees the first token. */
    public static final String POOLER = "pooler";

    /** The name of the linear that gives the labels' logits. */
    public static final String CLASSIFIER = "classifier";

    /** Checks ranges, with an {@link IllegalArgumentException} that names the field. */
    public EncoderConfig {
        require("vocab_size", vocabularySize, 1, 1 << 24);
        require("positions", positions, 1, 1 << 20);
        require("width", width, 1, 1 << 16);
        require("inner_width", innerWidth, 1, 1 << 18);
        require("encoder_layers", encoderLayers, 1, 1 << 10);
        require("decoder_layers", decoderLayers, 0, 1 << 10);
        require("heads", heads, 1, 1 << 12);
        require("head_width", headWidth, 1, 1 << 16);
        require("types", types, 0, 1 << 16);
        require("classes", classes, 0, 1 << 20);
        if (!(layerNormEpsilon >= 0) || layerNormEpsilon > 1) {
            throw new IllegalArgumentException("layer_norm_epsilon: expected 0 to 1, found " + layerNormEpsilon);
        }
        if (classes > 0 == decoderLayers > 0) {
            throw new IllegalArgumentException("expected either labels or a decoder, found " + classes + " labels and "
                    + decoderLayers + " decoder layers");
        }
        for (int id : new int[] {tokens.begin(), tokens.end(), tokens.pad(), tokens.start()}) {
            require("token id", id, -1, vocabularySize - 1);
        }
        require("pad_token_id", tokens.pad(), 0, vocabularySize - 1);
        require("eos_token_id or sep_token_id", tokens.end(), 0, vocabularySize - 1);
        if (decoderLayers > 0) {
            require("decoder_start_token_id", tokens.start(), 0, vocabularySize - 1);
        }
    }

    /**
     * Ids of special tokens; -1 for none.
     *
     * @param begin stands before a text
     * @param end behind a text, and between two
     * @param pad fills up the shorter texts of a batch
     * @param start what the decoder begins with
     */
    public record Tokens(int begin, int end, int pad, int start) {}

    /**
     * The form of a family: what its blocks compute, apart from their sizes.
     *
     * @param preNorm whether a part's norm is before it (T5) or behind its sum with the residual stream (BERT, BART)
     * @param norm of all parts
     * @param offset rows of the position table before that of the first token; -1 where there is no such table
     * @param buckets of distances between tokens, each with a bias a head (T5); 0 for none
     * @param farthest distance from which on all are in the last bucket
     * @param embeddingNorm whether there is a norm behind the embedding
     * @param biases whether linears have biases
     * @param activation inside the feed-forward part
     * @param gated whether a second half of {@code c_fc}'s outputs is multiplied with the first's activation
     * @param scaledAttention whether scores are divided by the square root of the head's width
     * @param scaledEmbedding whether tokens' embeddings are multiplied with the square root of the width
     * @param tiedHead whether the vocabulary product uses the embedding
     * @param scaledHead whether its input is divided by the square root of the width
     * @param headBias whether it has a bias
     */
    public record Form(
            boolean preNorm,
            Architecture.Norm norm,
            int offset,
            int buckets,
            int farthest,
            boolean embeddingNorm,
            boolean biases,
            Activation activation,
            boolean gated,
            boolean scaledAttention,
            boolean scaledEmbedding,
            boolean tiedHead,
            boolean scaledHead,
            boolean headBias) {
        /** Refuses what contradicts itself. */
        public Form {
            if (buckets != 0 && (buckets < 4 || buckets % 4 != 0 || farthest <= buckets / 2)) {
                throw new IllegalArgumentException(
                        "relative positions: expected buckets in fours and a farthest distance"
                                + " above half of them, found " + buckets + " and " + farthest);
            }
        }
    }

    /** The function between the two linears of the feed-forward part. */
    public enum Activation {
        /** GELU by the error function. */
        GELU,
        /** The tanh form of GELU. */
        GELU_TANH,
        /** The positive part. */
        RELU
    }

    @Override
    public int layers() {
        return encoderLayers + decoderLayers;
    }

    @Override
    public boolean tiedHead() {
        return form.tiedHead();
    }

    /** Features of all heads' queries, and of what attention gives. */
    public int attentionWidth() {
        return heads * headWidth;
    }

    @Override
    public List<Stack> stacks() {
        return decoderLayers == 0
                ? List.of(new Stack("", encoderLayers))
                : List.of(new Stack("", encoderLayers), new Stack(DECODER, decoderLayers));
    }

    @Override
    public EncoderConfig withLayers(String prefix, int count) {
        return switch (prefix) {
            case "" -> withLayers(count, decoderLayers);
            case DECODER -> withLayers(encoderLayers, count);
            default -> throw new IllegalArgumentException("there is no stack '" + prefix + "'");
        };
    }

    /** This shape with other numbers of blocks in the encoder and the decoder. */
    public EncoderConfig withLayers(int encoder, int decoder) {
        return with(encoder, decoder, classes);
    }

    /** This shape with another number of labels. */
    public EncoderConfig withClasses(int count) {
        return with(encoderLayers, decoderLayers, count);
    }

    private EncoderConfig with(int encoder, int decoder, int labels) {
        return new EncoderConfig(
                family,
                vocabularySize,
                positions,
                width,
                innerWidth,
                encoder,
                decoder,
                heads,
                headWidth,
                layerNormEpsilon,
                types,
                labels,
                tokens,
                form);
    }

    @Override
    public List<String> embeddings() {
        return classes > 0 || form.tiedHead()
                ? List.of(DecoderConfig.EMBEDDING)
                : List.of(DecoderConfig.EMBEDDING, DecoderConfig.HEAD + ".weight");
    }

    /** The names of a decoder block's seven linears, without {@code .weight}. */
    public static List<String> decoderLinears(int layer) {
        String block = DECODER + "h." + layer + ".";
        return List.of(
                block + "attn.c_attn",
                block + "attn.c_proj",
                block + "cross.c_q",
                block + "cross.c_kv",
                block + "cross.c_proj",
                block + "mlp.c_fc",
                block + "mlp.c_proj");
    }

    @Override
    public List<List<String>> blockLinears() {
        List<List<String>> blocks = new ArrayList<>();
        for (int layer = 0; layer < encoderLayers; layer++) {
            blocks.add(DecoderConfig.linears(layer));
        }
        for (int layer = 0; layer < decoderLayers; layer++) {
            blocks.add(decoderLinears(layer));
        }
        return blocks;
    }

    /** The names of the inputs of the linears; sums are no activations here. */
    @Override
    public List<String> activationNames() {
        return blockLinears().stream().flatMap(List::stream).toList();
    }

    @Override
    public Map<String, List<Integer>> shapes() {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        shapes.put(DecoderConfig.EMBEDDING, List.of(vocabularySize, width));
        putStart(shapes, "");
        for (int layer = 0; layer < encoderLayers; layer++) {
            String block = "h." + layer + ".";
            putAttention(shapes, block);
            putNorm(shapes, block + "ln_1");
            putFeedForward(shapes, block);
            putNorm(shapes, block + "ln_2");
        }
        putEnd(shapes, "");
        if (decoderLayers == 0) {
            putLinear(shapes, POOLER, width, width, true);
            putLinear(shapes, CLASSIFIER, classes, width, true);
            return shapes;
        }
        putStart(shapes, DECODER);
        for (int layer = 0; layer < decoderLayers; layer++) {
            String block = DECODER + "h." + layer + ".";
            putAttention(shapes, block);
            putNorm(shapes, block + "ln_1");
            putLinear(shapes, block + "cross.c_q", attentionWidth(), width, form.biases());
            putLinear(shapes, block + "cross.c_kv", 2 * attentionWidth(), width, form.biases());
            putLinear(shapes, block + "cross.c_proj", width, attentionWidth(), form.biases());
            putNorm(shapes, block + "ln_2");
            putFeedForward(shapes, block);
            putNorm(shapes, block + "ln_3");
        }
        putEnd(shapes, DECODER);
        if (!form.tiedHead()) {
            shapes.put(DecoderConfig.HEAD + ".weight", List.of(vocabularySize, width));
        }
        if (form.headBias()) {
            shapes.put(DecoderConfig.HEAD + ".bias", List.of(vocabularySize));
        }
        return shapes;
    }

    private void putStart(Map<String, List<Integer>> shapes, String stack) {
        if (form.offset() >= 0) {
            shapes.put(stack + DecoderConfig.POSITIONS, List.of(positions + form.offset(), width));
        }
        if (types > 0 && stack.isEmpty()) {
            shapes.put("tte.weight", List.of(types, width));
        }
        if (form.embeddingNorm()) {
            putNorm(shapes, stack + "ln_e");
        }
        if (form.buckets() > 0) {
            shapes.put(stack + "distances.weight", List.of(form.buckets(), heads));
        }
    }

    private void putAttention(Map<String, List<Integer>> shapes, String block) {
        putLinear(shapes, block + "attn.c_attn", 3 * attentionWidth(), width, form.biases());
        putLinear(shapes, block + "attn.c_proj", width, attentionWidth(), form.biases());
    }

    private void putFeedForward(Map<String, List<Integer>> shapes, String block) {
        putLinear(shapes, block + "mlp.c_fc", form.gated() ? 2 * innerWidth : innerWidth, width, form.biases());
        putLinear(shapes, block + "mlp.c_proj", width, innerWidth, form.biases());
    }

    private void putEnd(Map<String, List<Integer>> shapes, String stack) {
        if (form.preNorm()) {
            putNorm(shapes, stack + "ln_f");
        }
    }

    private void putNorm(Map<String, List<Integer>> shapes, String name) {
        shapes.put(name + ".weight", List.of(width));
        if (form.norm() == Architecture.Norm.LAYER) {
            shapes.put(name + ".bias", List.of(width));
        }
    }

    private static void putLinear(
            Map<String, List<Integer>> shapes, String name, int outputs, int inputs, boolean bias) {
        shapes.put(name + ".weight", List.of(outputs, inputs));
        if (bias) {
            shapes.put(name + ".bias", List.of(outputs));
        }
    }

    @Override
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architecture", family);
        json.put("stacks", decoderLayers > 0 ? "encoder-decoder" : "encoder");
        json.put("vocab_size", vocabularySize);
        json.put("positions", positions);
        json.put("width", width);
        json.put("inner_width", innerWidth);
        json.put("encoder_layers", encoderLayers);
        json.put("decoder_layers", decoderLayers);
        json.put("heads", heads);
        json.put("head_width", headWidth);
        json.put("layer_norm_epsilon", layerNormEpsilon);
        json.put("types", types);
        json.put("classes", classes);
        json.put("tokens", List.of(tokens.begin(), tokens.end(), tokens.pad(), tokens.start()));
        Map<String, Object> shape = new LinkedHashMap<>();
        shape.put("pre_norm", form.preNorm());
        shape.put("norm", label(form.norm()));
        shape.put("offset", form.offset());
        shape.put("buckets", form.buckets());
        shape.put("farthest", form.farthest());
        shape.put("embedding_norm", form.embeddingNorm());
        shape.put("biases", form.biases());
        shape.put("activation", label(form.activation()));
        shape.put("gated", form.gated());
        shape.put("scaled_attention", form.scaledAttention());
        shape.put("scaled_embedding", form.scaledEmbedding());
        shape.put("tied_head", form.tiedHead());
        shape.put("scaled_head", form.scaledHead());
        shape.put("head_bias", form.headBias());
        json.put("form", shape);
        return json;
    }

    static EncoderConfig fromJson(JsonFields json) throws FormatException {
        String family = json.string("architecture");
        String stacks = json.string("stacks");
        JsonFields shape = json.object("form");
        List<Float> ids = json.reals("tokens");
        if (ids.size() != 4) {
            throw json.error("tokens", "expected four ids, found " + ids);
        }
        try {
            EncoderConfig config = new EncoderConfig(
                    family,
                    json.integer("vocab_size"),
                    json.integer("positions"),
                    json.integer("width"),
                    json.integer("inner_width"),
                    json.integer("encoder_layers"),
                    json.integer("decoder_layers"),
                    json.integer("heads"),
                    json.integer("head_width"),
                    json.real("layer_norm_epsilon"),
                    json.integer("types"),
                    json.integer("classes"),
                    new Tokens(
                            ids.get(0).intValue(),
                            ids.get(1).intValue(),
                            ids.get(2).intValue(),
                            ids.get(3).intValue()),
                    new Form(
                            shape.bool("pre_norm"),
                            constant(shape, "norm", Architecture.Norm.values()),
                            shape.integer("offset"),
                            shape.integer("buckets"),
                            shape.integer("farthest"),
                            shape.bool("embedding_norm"),
                            shape.bool("biases"),
                            constant(shape, "activation", Activation.values()),
                            shape.bool("gated"),
                            shape.bool("scaled_attention"),
                            shape.bool("scaled_embedding"),
                            shape.bool("tied_head"),
                            shape.bool("scaled_head"),
                            shape.bool("head_bias")));
            shape.requireAllRead();
            json.requireAllRead();
            String expected = config.decoderLayers > 0 ? "encoder-decoder" : "encoder";
            if (!stacks.equals(expected)) {
                throw json.error("stacks", "expected " + expected + ", found '" + stacks + "'");
            }
            return config;
        } catch (IllegalArgumentException problem) {
            throw json.error(problem);
        }
    }

    private static <E extends Enum<E>> E constant(JsonFields json, String key, E[] all) throws FormatException {
        String found = json.string(key);
        for (E constant : all) {
            if (label(constant).equals(found)) {
                return constant;
            }
        }
        List<String> labels = Arrays.stream(all).map(EncoderConfig::label).toList();
        throw json.error(key, "expected one of " + labels + ", found '" + found + "'");
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static void require(String key, int value, int minimum, int maximum) {
        if (value < minimum || value > maximum) {
            throw new IllegalArgumentException(key + ": expected " + minimum + " to " + maximum + ", found " + value);
        }
    }
}
