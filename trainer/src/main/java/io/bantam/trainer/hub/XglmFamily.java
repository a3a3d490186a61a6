package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.Architecture.Bias;
import io.bantam.runtime.format.Architecture.FeedForward;
import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Json;
import io.bantam.runtime.format.Sinusoids;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * XGLM (arXiv:2112.10668), which InCoder (arXiv:2204.05999) is: GPT-2's blocks with GELU by the error function, an
 * embedding that is multiplied by {@code sqrt(width)}, and sinusoids for positions.
 */
final class XglmFamily implements Family<DecoderConfig> {
    private static final float EPSILON = 1e-5f;
    private static final int FIRST_PLACE = 2;

    @Override
    public String name() {
        return "xglm";
    }

    @Override
    public DecoderConfig read(ConfigKeys keys) {
        Object activation = keys.take(Gpt2Family.ACTIVATION, "gelu");
        boolean tanh = Gpt2Family.TANH_GELU.contains(String.valueOf(activation));
        if (!tanh && !"gelu".equals(activation)) {
            keys.problem(Gpt2Family.ACTIVATION + " is " + Json.write(activation) + "; only GELU can be computed");
        }
        int vocabularySize = keys.integer("vocab_size", null);
        int positions = keys.integer("max_position_embeddings", 2048);
        int width = keys.integer("d_model", null);
        int inner = keys.integer("ffn_dim", null);
        int layers = keys.integer("num_layers", null);
        int heads = keys.integer("attention_heads", null);
        boolean scaled = keys.flag("scale_embedding", true);
        boolean tied = keys.flag("tie_word_embeddings", true);
        int begin = keys.firstToken("bos_token_id");
        int end = keys.firstToken("eos_token_id");
        int lineEnd = keys.lineEnd();
        return keys.config(() -> new DecoderConfig(
                vocabularySize,
                positions,
                width,
                inner,
                layers,
                heads,
                EPSILON,
                begin,
                end,
                lineEnd,
                new Architecture(
                        name(),
                        Norm.LAYER,
                        Optional.empty(),
                        Optional.of(new Sinusoids(FIRST_PLACE, 10_000)),
                        scaled ? Math.sqrt(width) : 1,
                        tanh ? FeedForward.GELU : FeedForward.ERF_GELU,
                        false,
                        0,
                        0,
                        tied,
                        Set.of(Bias.ATTENTION_IN, Bias.ATTENTION_OUT, Bias.FEED_FORWARD))));
    }

    @Override
    public Map<String, Object> write(DecoderConfig config) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architectures", List.of("XGLMForCausalLM"));
        json.put("model_type", name());
        boolean tanh = config.architecture().feedForward() == FeedForward.GELU;
        json.put(Gpt2Family.ACTIVATION, tanh ? "gelu_new" : "gelu");
        json.put("vocab_size", config.vocabularySize());
        json.put("max_position_embeddings", config.positions());
        json.put("d_model", config.width());
        json.put("ffn_dim", config.innerWidth());
        json.put("num_layers", config.layers());
        json.put("attention_heads", config.heads());
        json.put("scale_embedding", config.architecture().embeddingScale() != 1);
        json.put("tie_word_embeddings", config.architecture().tiedHead());
        json.put("bos_token_id", CheckpointConfig.idOrNull(config.beginId()));
        json.put("eos_token_id", CheckpointConfig.idOrNull(config.endId()));
        json.put("sep_token_id", CheckpointConfig.idOrNull(config.lineEndId()));
        return json;
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public boolean isConstant(String name) {
        return name.equals("embed_positions.weights");
    }

    @Override
    public List<Stored> stored(DecoderConfig config, String name) {
        LlamaKeys.Place place = LlamaKeys.place(name);
        String linear = switch (place.linear()) {
            case "wte" -> "embed_tokens";
            case "ln_1" -> "self_attn_layer_norm";
            case "attn.c_proj" -> "self_attn.out_proj";
            case "ln_2" -> "final_layer_norm";
            case "mlp.c_fc" -> "fc1";
            case "mlp.c_proj" -> "fc2";
            case "ln_f" -> "layer_norm";
            default -> place.linear();
        };
        if (linear.equals("attn.c_attn")) {
            return SeparateLinears.queriesKeysValues(config, place.block() + "self_attn.%s_proj", place.tensor());
        }
        return List.of(new Stored(
                place.block() + linear + "." + place.tensor(), config.shapes().get(name), false));
    }
}
