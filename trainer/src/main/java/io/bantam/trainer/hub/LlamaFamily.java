package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.Architecture.Bias;
import io.bantam.runtime.format.Architecture.FeedForward;
import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Rotary;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Llama (CodeLlama, DeepSeek-Coder) and those that differ from it by little: Mistral has a window, Qwen2 biases of
 * queries, keys and values. A window of attention bounds the positions: within it the two are the same.
 */
final class LlamaFamily implements Family<DecoderConfig> {
    private final String name;

    LlamaFamily(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DecoderConfig read(ConfigKeys keys) {
        keys.require("hidden_act", "silu", "silu", "only SiLU gates can be computed");
        int vocabularySize = keys.integer("vocab_size", null);
        int width = keys.integer("hidden_size", null);
        int inner = keys.integer("intermediate_size", null);
        int layers = keys.integer("num_hidden_layers", null);
        int heads = keys.integer("num_attention_heads", null);
        int keyValueHeads = keys.integer("num_key_value_heads", name.equals("mistral") ? Integer.valueOf(8) : heads);
        int headWidth = keys.integer("head_dim", Math.max(1, width / heads));
        int positions = LlamaKeys.positions(keys, name.equals("qwen2") ? "use_sliding_window" : null);
        float epsilon = keys.real("rms_norm_eps", 1e-6f);
        boolean tied = keys.flag("tie_word_embeddings", false);
        Set<Bias> biases = EnumSet.noneOf(Bias.class);
        if (name.equals("qwen2")) {
            biases.add(Bias.ATTENTION_IN);
        } else {
            if (keys.flag("attention_bias", false)) {
                biases.addAll(List.of(Bias.ATTENTION_IN, Bias.ATTENTION_OUT));
            }
            if (keys.flag("mlp_bias", false)) {
                biases.add(Bias.FEED_FORWARD);
            }
        }
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
                        name,
                        Norm.RMS,
                        Optional.of(rotary),
                        FeedForward.SWIGLU,
                        false,
                        keyValueHeads,
                        headWidth,
                        tied,
                        biases)));
    }

    @Override
    public Map<String, Object> write(DecoderConfig config) {
        String title = switch (name) {
            case "mistral" -> "MistralForCausalLM";
            case "qwen2" -> "Qwen2ForCausalLM";
            default -> "LlamaForCausalLM";
        };
        Map<String, Object> json = LlamaKeys.write(config, title);
        json.put("hidden_act", "silu");
        json.put("rms_norm_eps", config.layerNormEpsilon());
        json.put("head_dim", config.headWidth());
        if (name.equals("qwen2")) {
            json.put("use_sliding_window", false);
        } else {
            json.put("attention_bias", config.architecture().has(Bias.ATTENTION_OUT));
            json.put("mlp_bias", config.architecture().has(Bias.FEED_FORWARD));
            json.put("sliding_window", null);
        }
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
        LlamaKeys.Place place = LlamaKeys.place(name);
        if (place.linear().equals("mlp.c_fc")) {
            return SeparateLinears.gateAndValue(
                    config, place.block() + "mlp.gate_proj", place.block() + "mlp.up_proj", place.tensor());
        }
        return LlamaKeys.stored(config, name, "mlp.down_proj");
    }
}
