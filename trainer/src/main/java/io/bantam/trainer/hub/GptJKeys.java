package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.Architecture.Bias;
import io.bantam.runtime.format.Architecture.FeedForward;
import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Json;
import io.bantam.runtime.format.Rotary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What GPT-J and CodeGen share: attention and feed-forward part side by side behind one norm, rotary positions of
 * neighbouring features in the first part of each head, no biases in the attention, a head of its own with a bias.
 */
final class GptJKeys {
    /** What names may begin with. */
    static final String PREFIX = "transformer.";

    private static final Pattern CONSTANT =
            Pattern.compile("h\\.\\d+\\.attn\\.(?:bias|masked_bias|causal_mask|embed_positions)");

    private GptJKeys() {}

    static boolean isConstant(String name) {
        return CONSTANT.matcher(name).matches();
    }

    static DecoderConfig read(ConfigKeys keys, String name) {
        Object activation = keys.take(Gpt2Family.ACTIVATION, "gelu_new");
        if (!Gpt2Family.TANH_GELU.contains(String.valueOf(activation))) {
            keys.problem(
                    Gpt2Family.ACTIVATION + " is " + Json.write(activation) + "; only the tanh GELU can be computed");
        }
        keys.require("tie_word_embeddings", false, false, "an output layer of its own is expected");
        int vocabularySize = keys.integer("vocab_size", null);
        int positions = keys.integer("n_positions", keys.optionalInteger("n_ctx"));
        int width = keys.integer("n_embd", null);
        int layers = keys.integer("n_layer", null);
        int heads = keys.integer("n_head", null);
        int inner = keys.integer("n_inner", Gpt2Family.WIDTH_FACTOR * width);
        int turned = keys.integer("rotary_dim", 64);
        float epsilon = keys.real("layer_norm_epsilon", 1e-5f);
        int begin = keys.token("bos_token_id");
        int end = keys.token("eos_token_id");
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
                        Norm.LAYER,
                        Optional.of(new Rotary(turned, true, 10_000, new Rotary.Scaling.None())),
                        FeedForward.GELU,
                        true,
                        0,
                        0,
                        false,
                        Set.of(Bias.FEED_FORWARD, Bias.HEAD))));
    }

    static Map<String, Object> write(DecoderConfig config, String title) {
        int turned = config.architecture().rotary().orElseThrow().width();
        return Gpt2Family.write(config, title, false, Map.of("rotary_dim", turned));
    }

    /** The name of a tensor that is one of the file's too. */
    static List<Family.Stored> stored(DecoderConfig config, String name) {
        String stored = name.replace(".attn.c_proj.", ".attn.out_proj.")
                .replace(".mlp.c_fc.", ".mlp.fc_in.")
                .replace(".mlp.c_proj.", ".mlp.fc_out.");
        return List.of(new Family.Stored(stored, config.shapes().get(name), false));
    }
}
