package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.EncoderConfig.Activation;
import io.bantam.runtime.format.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * T5 (arXiv:1910.10683) and CodeT5 (arXiv:2109.00859): distances instead of positions, root mean square norms before
 * their parts, no biases, scores that are not scaled; version 1.1 with a gate and an output layer of its own.
 */
final class T5Family implements Family<EncoderConfig> {
    private static final int USUAL_POSITIONS = 512;
    private static final String PROJECTION = "feed_forward_proj";

    @Override
    public String name() {
        return "t5";
    }

    @Override
    public EncoderConfig read(ConfigKeys keys) {
        String projection = String.valueOf(keys.take(PROJECTION, "relu"));
        Activation activation = switch (projection) {
            case "relu", "gated-relu" -> Activation.RELU;
            case "gelu" -> Activation.GELU;
            case "gated-gelu" -> Activation.GELU_TANH;
            default -> {
                keys.problem(PROJECTION + " is " + Json.write(projection)
                        + "; expected relu, gelu, gated-relu or gated-gelu");
                yield Activation.RELU;
            }
        };
        for (String derived : List.of("dense_act_fn", "is_gated_act")) {
            keys.take(derived, null);
        }
        int vocabularySize = keys.integer("vocab_size", null);
        int width = keys.integer("d_model", null);
        int headWidth = keys.integer("d_kv", null);
        int inner = keys.integer("d_ff", null);
        int layers = keys.integer("num_layers", null);
        int decoderLayers = keys.integer("num_decoder_layers", layers);
        int heads = keys.integer("num_heads", null);
        int buckets = keys.integer("relative_attention_num_buckets", 32);
        int farthest = keys.integer("relative_attention_max_distance", 128);
        int positions = keys.integer("n_positions", USUAL_POSITIONS);
        float epsilon = keys.real("layer_norm_epsilon", 1e-6f);
        boolean tied = keys.flag("tie_word_embeddings", true);
        int begin = keys.firstToken("bos_token_id");
        int pad = StackKeys.token(keys, "pad_token_id", 0);
        int end = StackKeys.token(keys, "eos_token_id", 1);
        int start = StackKeys.token(keys, "decoder_start_token_id", pad);
        return keys.config(() -> new EncoderConfig(
                "t5",
                vocabularySize,
                positions,
                width,
                inner,
                layers,
                decoderLayers,
                heads,
                headWidth,
                epsilon,
                0,
                0,
                new EncoderConfig.Tokens(begin, end, pad, start),
                new EncoderConfig.Form(
                        true,
                        Norm.RMS,
                        -1,
                        buckets,
                        farthest,
                        false,
                        false,
                        activation,
                        projection.startsWith("gated"),
                        false,
                        false,
                        tied,
                        tied,
                        false)));
    }

    @Override
    public Map<String, Object> write(EncoderConfig config) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architectures", List.of("T5ForConditionalGeneration"));
        json.put("model_type", "t5");
        json.put("is_encoder_decoder", true);
        String activation = config.form().activation() == Activation.RELU ? "relu" : "gelu";
        json.put(PROJECTION, (config.form().gated() ? "gated-" : "") + activation);
        json.put("vocab_size", config.vocabularySize());
        json.put("d_model", config.width());
        json.put("d_kv", config.headWidth());
        json.put("d_ff", config.innerWidth());
        json.put("num_layers", config.encoderLayers());
        json.put("num_decoder_layers", config.decoderLayers());
        json.put("num_heads", config.heads());
        json.put("relative_attention_num_buckets", config.form().buckets());
        json.put("relative_attention_max_distance", config.form().farthest());
        json.put("n_positions", config.positions());
        json.put("layer_norm_epsilon", config.layerNormEpsilon());
        json.put("tie_word_embeddings", config.form().tiedHead());
        StackKeys.putTokens(json, config.tokens());
        return json;
    }

    @Override
    public String prefix() {
        return "";
    }

    /** Some files hold distances of the attention to the text, which nothing uses. */
    @Override
    public boolean isConstant(String name) {
        return name.endsWith("EncDecAttention.relative_attention_bias.weight");
    }

    @Override
    public List<String> sameAsEmbedding(EncoderConfig config) {
        List<String> lookups = List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight");
        return config.tiedHead() ? List.of(lookups.get(0), lookups.get(1), DecoderConfig.HEAD + ".weight") : lookups;
    }

    @Override
    public List<Stored> stored(EncoderConfig config, String name) {
        StackNames at = StackNames.of(name);
        String stack = at.decoder() ? "decoder." : "encoder.";
        String block = stack + "block." + at.layer() + ".layer.";
        String feedForward = block + (at.decoder() ? "2." : "1.");
        return switch (at.part()) {
            case "wte" -> at.whole(config, name, "shared");
            case "distances" -> at.whole(config, name, stack + "block.0.layer.0.SelfAttention.relative_attention_bias");
            case "attn.c_attn" -> {
                String self = block + "0.SelfAttention.";
                yield at.parts(config, name, self + "q", self + "k", self + "v");
            }
            case "attn.c_proj" -> at.whole(config, name, block + "0.SelfAttention.o");
            case "ln_1" -> at.whole(config, name, block + "0.layer_norm");
            case "cross.c_q" -> at.whole(config, name, block + "1.EncDecAttention.q");
            case "cross.c_kv" -> at.parts(config, name, block + "1.EncDecAttention.k", block + "1.EncDecAttention.v");
            case "cross.c_proj" -> at.whole(config, name, block + "1.EncDecAttention.o");
            case "mlp.c_fc" -> {
                String dense = feedForward + "DenseReluDense.";
                yield config.form().gated()
                        ? at.parts(config, name, dense + "wi_0", dense + "wi_1")
                        : at.whole(config, name, dense + "wi");
            }
            case "mlp.c_proj" -> at.whole(config, name, feedForward + "DenseReluDense.wo");
            case "ln_2" -> at.whole(config, name, block + "1.layer_norm");
            case "ln_3" -> at.whole(config, name, block + "2.layer_norm");
            case "ln_f" -> at.whole(config, name, stack + "final_layer_norm");
            case DecoderConfig.HEAD -> at.whole(config, name, DecoderConfig.HEAD);
            default -> throw new IllegalArgumentException(name);
        };
    }
}
