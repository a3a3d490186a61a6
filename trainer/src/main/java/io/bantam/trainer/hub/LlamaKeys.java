package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the configs and the names of Llama and of those that followed it have in common. */
final class LlamaKeys {
    private static final int USUAL_POSITIONS = 2048;

    private LlamaKeys() {}

    /**
     * One of our tensors' names, taken apart.
     *
     * @param block what the file's names in this block begin with; empty outside the blocks
     * @param linear such as {@code mlp.c_fc}
     * @param tensor weight or bias
     */
    record Place(String block, String linear, String tensor) {}

    static Place place(String name) {
        int dot = name.lastIndexOf('.');
        String tensor = name.substring(dot + 1);
        if (!name.startsWith("h.")) {
            return new Place("", name.substring(0, dot), tensor);
        }
        int end = name.indexOf('.', 2);
        return new Place("layers." + name.substring(2, end) + ".", name.substring(end + 1, dot), tensor);
    }

    /** Where a tensor lies, for all that is the same in these families. */
    static List<Family.Stored> stored(DecoderConfig config, String name, String down) {
        Place place = place(name);
        String linear = switch (place.linear()) {
            case "wte" -> "embed_tokens";
            case "ln_1" -> "input_layernorm";
            case "attn.c_proj" -> "self_attn.o_proj";
            case "ln_2" -> "post_attention_layernorm";
            case "mlp.c_proj" -> down;
            case "ln_f" -> "norm";
            default -> place.linear();
        };
        if (linear.equals("attn.c_attn")) {
            return SeparateLinears.queriesKeysValues(config, place.block() + "self_attn.%s_proj", place.tensor());
        }
        return List.of(new Family.Stored(
                place.block() + linear + "." + place.tensor(), config.shapes().get(name), false));
    }

    /**
     * Takes the longest text: the positions, or the window of attention if there is a shorter one.
     *
     * @param uses the key that says whether the window is used; null if it is where it is given
     */
    static int positions(ConfigKeys keys, String uses) {
        int positions = keys.integer("max_position_embeddings", USUAL_POSITIONS);
        boolean used = uses == null || keys.flag(uses, false);
        Integer window = keys.optionalInteger("sliding_window");
        return used && window != null ? Math.min(positions, window) : positions;
    }

    /** Puts what these families' configs share. */
    static Map<String, Object> write(DecoderConfig config, String title) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architectures", List.of(title));
        json.put("model_type", config.architecture().name());
        json.put("vocab_size", config.vocabularySize());
        json.put("max_position_embeddings", config.positions());
        json.put("hidden_size", config.width());
        json.put("intermediate_size", config.innerWidth());
        json.put("num_hidden_layers", config.layers());
        json.put("num_attention_heads", config.heads());
        json.put("num_key_value_heads", config.keyValueHeads());
        json.put("tie_word_embeddings", config.architecture().tiedHead());
        RotaryKeys.write(json, config.architecture().rotary().orElseThrow(), config.headWidth());
        json.put("bos_token_id", CheckpointConfig.idOrNull(config.beginId()));
        json.put("eos_token_id", CheckpointConfig.idOrNull(config.endId()));
        json.put("sep_token_id", CheckpointConfig.idOrNull(config.lineEndId()));
        return json;
    }
}
