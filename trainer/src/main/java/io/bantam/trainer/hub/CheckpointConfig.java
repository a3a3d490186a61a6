package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The {@code config.json} of a GPT-2 model: what Bantam computes with, and the other keys as they were.
 *
 * @param decoder shape of the model and ids of its special tokens; the line end is {@code eol_token_id}, else
 *     {@code sep_token_id}, the role that CodeXGLUE gives it
 * @param others every key that is not in {@link DecoderConfig}, such as dropout rates; kept when the model is saved
 */
public record CheckpointConfig(DecoderConfig decoder, Map<String, Object> others) {

    /** Name of the file in a model's folder. */
    public static final String FILE_NAME = "config.json";

    private static final Set<String> TANH_GELU = Set.of("gelu_new", "gelu_pytorch_tanh");
    private static final String ACTIVATION = "activation_function";
    private static final int WIDTH_FACTOR = 4;

    /** Copies the map, keeping its order. */
    public CheckpointConfig {
        others = Collections.unmodifiableMap(new LinkedHashMap<>(others));
    }

    /** A configuration without other keys. */
    public static CheckpointConfig of(DecoderConfig decoder) {
        return new CheckpointConfig(decoder, Map.of());
    }

    /**
     * Reads a file.
     *
     * @throws FormatException if it is damaged, lacks a size, or describes a model that computes differently; all
     *     problems are in one message
     * @throws IOException if it cannot be read
     */
    public static CheckpointConfig read(Path file) throws IOException {
        return parse(Json.parseObject(Files.readString(file), file), file);
    }

    static CheckpointConfig parse(Map<String, Object> json, Object source) throws FormatException {
        var keys = new ConfigKeys(json);
        keys.require("model_type", "gpt2", "gpt2", "only GPT-2 models can be used");
        if (!TANH_GELU.contains(String.valueOf(keys.take(ACTIVATION, "gelu_new")))) {
            keys.problem(ACTIVATION + " is " + Json.write(json.get(ACTIVATION))
                    + "; expected gelu_new or gelu_pytorch_tanh, the tanh GELU of GPT-2");
        }
        keys.require("scale_attn_weights", true, true, "attention without scaling cannot be computed");
        keys.require("scale_attn_by_inverse_layer_idx", false, false, "attention scaled by layer cannot be computed");
        keys.require("add_cross_attention", false, false, "encoder-decoder models cannot be computed");
        keys.require("tie_word_embeddings", true, true, "an output layer of its own cannot be computed");
        int vocabularySize = keys.integer("vocab_size", null);
        int positions = keys.integer("n_positions", keys.optionalInteger("n_ctx"));
        int width = keys.integer("n_embd", null);
        int layers = keys.integer("n_layer", null);
        int heads = keys.integer("n_head", null);
        int inner = keys.integer("n_inner", WIDTH_FACTOR * width);
        float epsilon = keys.real("layer_norm_epsilon", 1e-5f);
        int begin = keys.token("bos_token_id");
        int end = keys.token("eos_token_id");
        int separator = keys.token("sep_token_id");
        int lineEnd = json.get("eol_token_id") == null ? separator : keys.token("eol_token_id");
        List<String> problems = keys.problems();
        if (!problems.isEmpty()) {
            throw new FormatException(source, String.join("; ", problems));
        }
        try {
            var decoder = new DecoderConfig(
                    vocabularySize, positions, width, inner, layers, heads, epsilon, begin, end, lineEnd);
            return new CheckpointConfig(decoder, keys.untouched());
        } catch (IllegalArgumentException e) {
            throw new FormatException(source, e.getMessage(), e);
        }
    }

    /** Returns all keys for a {@code config.json} that transformers can load. */
    public Map<String, Object> toJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("architectures", List.of("GPT2LMHeadModel"));
        json.put("model_type", "gpt2");
        json.put(ACTIVATION, "gelu_new");
        json.put("vocab_size", decoder.vocabularySize());
        json.put("n_positions", decoder.positions());
        json.put("n_ctx", decoder.positions());
        json.put("n_embd", decoder.width());
        json.put("n_layer", decoder.layers());
        json.put("n_head", decoder.heads());
        boolean usual = decoder.innerWidth() == WIDTH_FACTOR * decoder.width();
        json.put("n_inner", usual ? null : decoder.innerWidth());
        json.put("layer_norm_epsilon", decoder.layerNormEpsilon());
        json.put("tie_word_embeddings", true);
        json.put("bos_token_id", idOrNull(decoder.beginId()));
        json.put("eos_token_id", idOrNull(decoder.endId()));
        json.put("sep_token_id", idOrNull(decoder.lineEndId()));
        others.forEach(json::putIfAbsent);
        return json;
    }

    static Integer idOrNull(int id) {
        return id < 0 ? null : id;
    }
}
