package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** GPT-2 and CodeGPT; our own names are theirs. Their linears are stored as {@code [inputs, outputs]}. */
final class Gpt2Family implements Family<DecoderConfig> {
    static final Set<String> TANH_GELU = Set.of("gelu_new", "gelu_pytorch_tanh");
    static final String ACTIVATION = "activation_function";
    static final int WIDTH_FACTOR = 4;
    private static final Pattern MASK = Pattern.compile("h\\.\\d+\\.attn\\.(?:bias|masked_bias)");
    private static final Pattern LINEAR = Pattern.compile("h\\.\\d+\\.(?:attn|mlp)\\.c_[a-z]+\\.weight");

    @Override
    public String name() {
        return "gpt2";
    }

    @Override
    public DecoderConfig read(ConfigKeys keys) {
        Object activation = keys.take(ACTIVATION, "gelu_new");
        if (!TANH_GELU.contains(String.valueOf(activation))) {
            keys.problem(ACTIVATION + " is " + Json.write(activation)
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
        int lineEnd = keys.lineEnd();
        return keys.config(() -> new DecoderConfig(
                vocabularySize, positions, width, inner, layers, heads, epsilon, begin, end, lineEnd));
    }

    @Override
    public Map<String, Object> write(DecoderConfig decoder) {
        return write(decoder, "GPT2LMHeadModel", true, Map.of());
    }

    /**
     * A config in GPT-2's keys, which its relatives use too.
     *
     * @param more keys of the relative's own, after the sizes
     */
    static Map<String, Object> write(DecoderConfig decoder, String title, boolean tied, Map<String, Object> more) {
        var json = new LinkedHashMap<String, Object>();
        json.put("architectures", List.of(title));
        json.put("model_type", decoder.architecture().name());
        json.put(ACTIVATION, "gelu_new");
        json.put("vocab_size", decoder.vocabularySize());
        json.put("n_positions", decoder.positions());
        json.put("n_ctx", decoder.positions());
        json.put("n_embd", decoder.width());
        json.put("n_layer", decoder.layers());
        json.put("n_head", decoder.heads());
        boolean usual = decoder.innerWidth() == WIDTH_FACTOR * decoder.width();
        json.put("n_inner", usual ? null : decoder.innerWidth());
        json.putAll(more);
        json.put("layer_norm_epsilon", decoder.layerNormEpsilon());
        json.put("tie_word_embeddings", tied);
        json.put("bos_token_id", CheckpointConfig.idOrNull(decoder.beginId()));
        json.put("eos_token_id", CheckpointConfig.idOrNull(decoder.endId()));
        json.put("sep_token_id", CheckpointConfig.idOrNull(decoder.lineEndId()));
        return json;
    }

    @Override
    public String prefix() {
        return "transformer.";
    }

    @Override
    public boolean isConstant(String name) {
        return MASK.matcher(name).matches();
    }

    @Override
    public List<Stored> stored(DecoderConfig config, String name) {
        return List.of(
                new Stored(name, config.shapes().get(name), LINEAR.matcher(name).matches()));
    }
}
