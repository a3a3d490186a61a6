package io.bantam.trainer.hub;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Random checkpoints of every family, as transformers would save them; names and shapes are written out here. */
public final class TinyFamilies {
    /** Names of {@link #config}. */
    public static final List<String> ALL = List.of(
            "llama",
            "codellama",
            "deepseek",
            "llama3",
            "mistral",
            "qwen2",
            "qwen2 untied",
            "starcoder2",
            "gptj",
            "codegen",
            "incoder");

    private static final String SIZES = "\"vocab_size\": %1$d, \"max_position_embeddings\": 32, \"hidden_size\": 32,"
            + " \"num_hidden_layers\": %2$d, \"num_attention_heads\": 4, \"bos_token_id\": 0, \"eos_token_id\": 1, ";
    private static final String OLD_SIZES =
            "\"vocab_size\": %1$d, \"n_positions\": 32, \"n_embd\": 32, \"n_layer\": %2$d,"
                    + " \"n_head\": 4, \"bos_token_id\": 0, \"eos_token_id\": 1, \"n_inner\": null,"
                    + " \"tie_word_embeddings\": false, \"activation_function\": \"gelu_new\","
                    + " \"layer_norm_epsilon\": 1e-5, \"rotary_dim\": 4, ";

    private TinyFamilies() {}

    /** A config.json. */
    public static String config(String family, int vocabulary, int layers) {
        String text = switch (family) {
            case "llama" ->
                SIZES + "\"model_type\": \"llama\", \"num_key_value_heads\": 4, \"intermediate_size\": 48,"
                        + " \"rms_norm_eps\": 1e-5, \"tie_word_embeddings\": false, \"rope_scaling\": null";
            case "codellama" ->
                SIZES + "\"model_type\": \"llama\", \"num_key_value_heads\": 1, \"intermediate_size\": 48,"
                        + " \"rms_norm_eps\": 1e-5, \"tie_word_embeddings\": false, \"rope_theta\": 1000000,"
                        + " \"attention_bias\": true, \"mlp_bias\": true";
            case "deepseek" ->
                SIZES + "\"model_type\": \"llama\", \"num_key_value_heads\": 4, \"intermediate_size\": 48,"
                        + " \"rms_norm_eps\": 1e-6, \"tie_word_embeddings\": false, \"rope_theta\": 100000,"
                        + " \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}";
            case "llama3" ->
                SIZES + "\"model_type\": \"llama\", \"num_key_value_heads\": 2, \"intermediate_size\": 48,"
                        + " \"rms_norm_eps\": 1e-5, \"tie_word_embeddings\": true, \"rope_theta\": 50,"
                        + " \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
                        + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 16}";
            case "mistral" ->
                SIZES + "\"model_type\": \"mistral\", \"num_key_value_heads\": 2, \"intermediate_size\": 48,"
                        + " \"head_dim\": 16, \"rms_norm_eps\": 1e-5, \"tie_word_embeddings\": false,"
                        + " \"sliding_window\": 24, \"rope_theta\": 10000.0";
            case "qwen2" ->
                SIZES + "\"model_type\": \"qwen2\", \"num_key_value_heads\": 2, \"intermediate_size\": 48,"
                        + " \"rms_norm_eps\": 1e-6, \"tie_word_embeddings\": true, \"rope_theta\": 1000000.0,"
                        + " \"use_sliding_window\": false, \"sliding_window\": 16";
            case "qwen2 untied" ->
                SIZES + "\"model_type\": \"qwen2\", \"num_key_value_heads\": 2, \"intermediate_size\": 48,"
                        + " \"rms_norm_eps\": 1e-6, \"tie_word_embeddings\": false, \"rope_theta\": 30.0,"
                        + " \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0,"
                        + " \"original_max_position_embeddings\": 16}";
            case "starcoder2" ->
                SIZES + "\"model_type\": \"starcoder2\", \"num_key_value_heads\": 2, \"intermediate_size\": 64,"
                        + " \"norm_epsilon\": 1e-5, \"tie_word_embeddings\": true, \"rope_theta\": 100000.0,"
                        + " \"use_bias\": true, \"hidden_act\": \"gelu_pytorch_tanh\"";
            case "incoder" ->
                "\"vocab_size\": %1$d, \"max_position_embeddings\": 32, \"d_model\": 32, \"num_layers\": %2$d,"
                        + " \"attention_heads\": 4, \"ffn_dim\": 64, \"bos_token_id\": 0, \"eos_token_id\": 1,"
                        + " \"pad_token_id\": 1, \"decoder_start_token_id\": 2, \"model_type\": \"xglm\","
                        + " \"scale_embedding\": true, \"activation_function\": \"gelu\"";
            case "gptj", "codegen" -> OLD_SIZES + "\"model_type\": \"" + family + "\"";
            default -> throw new IllegalArgumentException(family);
        };
        return "{" + text.formatted(vocabulary, layers) + "}";
    }

    /** The tensors of a config, random. */
    public static Map<String, float[]> tensors(String config, long seed) throws FormatException {
        return TinyCheckpoint.tensors(shapes(Json.parseObject(config, "test")), 0.25, seed);
    }

    /** Writes config and weights. */
    public static void write(Path folder, String config, Map<String, float[]> tensors) throws IOException {
        TinyCheckpoint.write(folder, config, shapes(Json.parseObject(config, "test")), tensors);
    }

    private static Map<String, List<Integer>> shapes(Map<String, Object> config) {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        String type = (String) config.get("model_type");
        int words = ((Long) config.get("vocab_size")).intValue();
        if (type.equals("gptj") || type.equals("codegen")) {
            shapes.put("transformer.wte.weight", List.of(words, 32));
            for (int layer = 0; layer < (Long) config.get("n_layer"); layer++) {
                String block = "transformer.h." + layer + ".";
                put(shapes, block + "ln_1", 32, 0, true);
                if (type.equals("gptj")) {
                    for (String one : List.of("q", "k", "v")) {
                        put(shapes, block + "attn." + one + "_proj", 32, 32, false);
                    }
                } else {
                    put(shapes, block + "attn.qkv_proj", 96, 32, false);
                }
                put(shapes, block + "attn.out_proj", 32, 32, false);
                put(shapes, block + "mlp.fc_in", 128, 32, true);
                put(shapes, block + "mlp.fc_out", 32, 128, true);
            }
            put(shapes, "transformer.ln_f", 32, 0, true);
            put(shapes, "lm_head", words, 32, true);
            return shapes;
        }
        if (type.equals("xglm")) {
            shapes.put("model.embed_tokens.weight", List.of(words, 32));
            for (int layer = 0; layer < (Long) config.get("num_layers"); layer++) {
                String block = "model.layers." + layer + ".";
                for (String one : List.of("k_proj", "v_proj", "q_proj", "out_proj")) {
                    put(shapes, block + "self_attn." + one, 32, 32, true);
                }
                put(shapes, block + "self_attn_layer_norm", 32, 0, true);
                put(shapes, block + "fc1", 64, 32, true);
                put(shapes, block + "fc2", 32, 64, true);
                put(shapes, block + "final_layer_norm", 32, 0, true);
            }
            put(shapes, "model.layer_norm", 32, 0, true);
            return shapes;
        }
        boolean star = type.equals("starcoder2");
        boolean biases = star || Boolean.TRUE.equals(config.get("attention_bias"));
        int size = config.containsKey("head_dim") ? 16 : 8;
        int keys = ((Long) config.get("num_key_value_heads")).intValue() * size;
        int inner = ((Long) config.get("intermediate_size")).intValue();
        shapes.put("model.embed_tokens.weight", List.of(words, 32));
        for (int layer = 0; layer < (Long) config.get("num_hidden_layers"); layer++) {
            String block = "model.layers." + layer + ".";
            put(shapes, block + "input_layernorm", 32, 0, star);
            put(shapes, block + "self_attn.q_proj", 4 * size, 32, biases || type.equals("qwen2"));
            put(shapes, block + "self_attn.k_proj", keys, 32, biases || type.equals("qwen2"));
            put(shapes, block + "self_attn.v_proj", keys, 32, biases || type.equals("qwen2"));
            put(shapes, block + "self_attn.o_proj", 32, 4 * size, biases);
            put(shapes, block + "post_attention_layernorm", 32, 0, star);
            if (star) {
                put(shapes, block + "mlp.c_fc", inner, 32, true);
                put(shapes, block + "mlp.c_proj", 32, inner, true);
            } else {
                put(shapes, block + "mlp.gate_proj", inner, 32, biases);
                put(shapes, block + "mlp.up_proj", inner, 32, biases);
                put(shapes, block + "mlp.down_proj", 32, inner, biases);
            }
        }
        put(shapes, "model.norm", 32, 0, star);
        if (!Boolean.TRUE.equals(config.get("tie_word_embeddings"))) {
            put(shapes, "lm_head", words, 32, false);
        }
        return shapes;
    }

    private static void put(Map<String, List<Integer>> shapes, String name, int rows, int columns, boolean bias) {
        shapes.put(name + ".weight", columns == 0 ? List.of(rows) : List.of(rows, columns));
        if (bias) {
            shapes.put(name + ".bias", List.of(rows));
        }
    }
}
