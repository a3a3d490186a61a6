package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.EncoderConfig.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** BART (arXiv:1910.13461), and PLBART (arXiv:2103.06333), which scales its embeddings. */
final class BartFamily implements Family<EncoderConfig> {
    /** Rows of the table of positions before the first one's. */
    private static final int OFFSET = 2;

    private final String name;

    BartFamily(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public EncoderConfig read(ConfigKeys keys) {
        boolean plbart = name.equals("plbart");
        Activation activation = StackKeys.activation(keys, "activation_function");
        keys.require("tie_word_embeddings", true, true, "an output layer of its own cannot be computed");
        keys.require("normalize_before", false, false, "norms before their parts cannot be computed");
        keys.require("add_final_layer_norm", false, false, "a norm behind the stacks cannot be computed");
        keys.require("normalize_embedding", true, true, "embeddings without a norm cannot be computed");
        int vocabularySize = keys.integer("vocab_size", null);
        int width = keys.integer("d_model", null);
        int encoderLayers = keys.integer("encoder_layers", null);
        int decoderLayers = keys.integer("decoder_layers", null);
        int heads = keys.integer("encoder_attention_heads", null);
        int inner = keys.integer("encoder_ffn_dim", null);
        StackKeys.requireSame(keys, "decoder_attention_heads", heads);
        StackKeys.requireSame(keys, "decoder_ffn_dim", inner);
        keys.take("num_hidden_layers", null);
        int positions = keys.integer("max_position_embeddings", 1024);
        boolean scaled = keys.flag("scale_embedding", plbart);
        // PLBART puts nothing before a text.
        int begin = StackKeys.token(keys, "bos_token_id", 0);
        int pad = StackKeys.token(keys, "pad_token_id", 1);
        int end = StackKeys.token(keys, "eos_token_id", 2);
        int start = StackKeys.token(keys, "decoder_start_token_id", end);
        if (width % heads != 0) {
            keys.problem("encoder_attention_heads " + heads + " does not divide d_model " + width);
        }
        return keys.config(() -> new EncoderConfig(
                name,
                vocabularySize,
                positions,
                width,
                inner,
                encoderLayers,
                decoderLayers,
                heads,
                width / heads,
                1e-5f,
                0,
                0,
                new EncoderConfig.Tokens(plbart ? -1 : begin, end, pad, start),
                new EncoderConfig.Form(
                        false,
                        Norm.LAYER,
                        OFFSET,
                        0,
                        0,
                        true,
                        true,
                        activation,
                        false,
                        true,
                        scaled,
                        true,
                        false,
                        true)));
    }

    @Override
    public Map<String, Object> write(EncoderConfig config) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "architectures",
                List.of(name.equals("plbart") ? "PLBartForConditionalGeneration" : "BartForConditionalGeneration"));
        json.put("model_type", name);
        json.put("is_encoder_decoder", true);
        json.put("activation_function", StackKeys.word(config.form().activation()));
        json.put("vocab_size", config.vocabularySize());
        json.put("d_model", config.width());
        json.put("encoder_layers", config.encoderLayers());
        json.put("decoder_layers", config.decoderLayers());
        json.put("num_hidden_layers", config.encoderLayers());
        for (String stack : List.of("encoder", "decoder")) {
            json.put(stack + "_attention_heads", config.heads());
            json.put(stack + "_ffn_dim", config.innerWidth());
        }
        json.put("max_position_embeddings", config.positions());
        json.put("scale_embedding", config.form().scaledEmbedding());
        json.put("tie_word_embeddings", true);
        StackKeys.putTokens(json, config.tokens());
        return json;
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public boolean isConstant(String name) {
        return false;
    }

    /** The bias of the vocabulary product is a constant that some files leave out. */
    @Override
    public boolean isTaskHead(String name) {
        return name.equals(DecoderConfig.HEAD + ".bias");
    }

    @Override
    public List<String> sameAsEmbedding(EncoderConfig config) {
        return List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", DecoderConfig.HEAD + ".weight");
    }

    @Override
    public List<Stored> stored(EncoderConfig config, String name) {
        StackNames at = StackNames.of(name);
        String stack = at.decoder() ? "decoder." : "encoder.";
        String block = stack + "layers." + at.layer() + ".";
        return switch (at.part()) {
            case "wte" -> at.whole(config, name, "shared");
            case "wpe" -> at.whole(config, name, stack + "embed_positions");
            case "ln_e" -> at.whole(config, name, stack + "layernorm_embedding");
            case "attn.c_attn" -> {
                String self = block + "self_attn.";
                yield at.parts(config, name, self + "q_proj", self + "k_proj", self + "v_proj");
            }
            case "attn.c_proj" -> at.whole(config, name, block + "self_attn.out_proj");
            case "ln_1" -> at.whole(config, name, block + "self_attn_layer_norm");
            case "cross.c_q" -> at.whole(config, name, block + "encoder_attn.q_proj");
            case "cross.c_kv" -> at.parts(config, name, block + "encoder_attn.k_proj", block + "encoder_attn.v_proj");
            case "cross.c_proj" -> at.whole(config, name, block + "encoder_attn.out_proj");
            case "mlp.c_fc" -> at.whole(config, name, block + "fc1");
            case "mlp.c_proj" -> at.whole(config, name, block + "fc2");
            case "ln_2" ->
                at.whole(config, name, block + (at.decoder() ? "encoder_attn_layer_norm" : "final_layer_norm"));
            case "ln_3" -> at.whole(config, name, block + "final_layer_norm");
            case DecoderConfig.HEAD ->
                List.of(new Stored("final_logits_bias", List.of(1, config.vocabularySize()), false));
            default -> throw new IllegalArgumentException(name);
        };
    }
}
