package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.Architecture.Bias;
import io.bantam.runtime.format.Architecture.FeedForward;
import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Rotary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** StarCoder2 (arXiv:2402.19173): Llama's attention with the norms, biases and feed-forward part of GPT-2. */
final class StarCoder2Family implements Family<DecoderConfig> {
    @Override
    public String name() {
        return "starcoder2";
    }

    @Override
    public DecoderConfig read(ConfigKeys keys) {
        keys.require("hidden_act", "gelu_pytorch_tanh", "gelu_pytorch_tanh", "only the tanh GELU can be computed");
        keys.require("norm_type", "layer_norm", "layer_norm", "only layer norm can be computed");
        keys.require("mlp_type", "default", "default", "only the plain feed-forward part can be computed");
        int vocabularySize = keys.integer("vocab_size", null);
        int width = keys.integer("hidden_size", null);
        int inner = keys.integer("intermediate_size", null);
        int layers = keys.integer("num_hidden_layers", null);
        int heads = keys.integer("num_attention_heads", null);
        int keyValueHeads = keys.integer("num_key_value_heads", 2);
        int headWidth = Math.max(1, width / heads);
        int positions = LlamaKeys.positions(keys, null);
        float epsilon = keys.real("norm_epsilon", 1e-5f);
        boolean tied = keys.flag("tie_word_embeddings", true);
        Set<Bias> biases = keys.flag("use_bias", true)
                ? Set.of(Bias.ATTENTION_IN, Bias.ATTENTION_OUT, Bias.FEED_FORWARD)
                : Set.of();
        Rotary rotary = RotaryKeys.read(keys, headWidth, positions);
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
                epsilon,
                begin,
                end,
                lineEnd,
                new Architecture(
                        name(),
                        Norm.LAYER,
                        Optional.of(rotary),
                        FeedForward.GELU,
                        false,
                        keyValueHeads,
                        0,
                        tied,
                        biases)));
    }

    @Override
    public Map<String, Object> write(DecoderConfig config) {
        Map<String, Object> json = LlamaKeys.write(config, "Starcoder2ForCausalLM");
        json.put("hidden_act", "gelu_pytorch_tanh");
        json.put("norm_epsilon", config.layerNormEpsilon());
        json.put("use_bias", config.architecture().has(Bias.ATTENTION_IN));
        json.put("sliding_window", null);
        return json;
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public boolean isConstant(String name) {
        return name.endsWith(".rotary_emb.inv_freq");
    }

    @Override
    public List<Stored> stored(DecoderConfig config, String name) {
        return LlamaKeys.stored(config, name, "mlp.c_proj");
    }
}
