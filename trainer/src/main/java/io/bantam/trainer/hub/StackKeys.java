package io.bantam.trainer.hub;

import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.EncoderConfig.Activation;
import io.bantam.runtime.format.Json;
import java.util.Map;

/** What the configs of models with an encoder have in common. */
final class StackKeys {
    private StackKeys() {}

    /** Takes the name of an activation. */
    static Activation activation(ConfigKeys keys, String key) {
        String word = String.valueOf(keys.take(key, "gelu"));
        return switch (word) {
            case "gelu" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            default -> {
                keys.problem(key + " is " + Json.write(word) + "; expected gelu, gelu_new or relu");
                yield Activation.GELU;
            }
        };
    }

    /** The name that {@link #activation} reads. */
    static String word(Activation activation) {
        return switch (activation) {
            case GELU -> "gelu";
            case GELU_TANH -> "gelu_new";
            case RELU -> "relu";
        };
    }

    /** Takes a token id that has a usual value. */
    static int token(ConfigKeys keys, String key, int missing) {
        int id = keys.firstToken(key);
        return id < 0 ? missing : id;
    }

    /** Takes a size of the decoder that must be the encoder's. */
    static void requireSame(ConfigKeys keys, String key, int encoders) {
        int own = keys.integer(key, encoders);
        if (own != encoders) {
            keys.problem(key + " is " + own + ": a decoder of another shape than the encoder's, " + encoders
                    + ", cannot be computed");
        }
    }

    static void putTokens(Map<String, Object> json, EncoderConfig.Tokens tokens) {
        json.put("bos_token_id", CheckpointConfig.idOrNull(tokens.begin()));
        json.put("eos_token_id", tokens.end());
        json.put("pad_token_id", tokens.pad());
        json.put("decoder_start_token_id", tokens.start());
    }
}
