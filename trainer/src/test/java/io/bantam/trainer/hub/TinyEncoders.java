package io.bantam.trainer.hub;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Random checkpoints with an encoder, as transformers would save them; names and shapes are written out here. */
public final class TinyEncoders {
    /** Names of {@link #config} with a classifier. */
    public static final List<String> CLASSIFIERS = List.of("bert", "roberta");

    /** Names of {@link #config} with a decoder. */
    public static final List<String> DECODERS = List.of("bart", "plbart", "t5", "t5 gated");

    private TinyEncoders() {}

    /** A config.json; the decoder has as many layers as the encoder. */
    public static String config(String family, int vocabulary, int layers) {
        String text = switch (family) {
            case "bert" ->
                "\"model_type\": \"bert\", \"vocab_size\": %1$d, \"hidden_size\": 32, \"num_hidden_layers\": %2$d,"
                        + " \"num_attention_heads\": 4, \"intermediate_size\": 64, \"hidden_act\": \"gelu\","
                        + " \"max_position_embeddings\": 40, \"type_vocab_size\": 2, \"layer_norm_eps\": 1e-12,"
                        + " \"pad_token_id\": 0, \"cls_token_id\": 2, \"sep_token_id\": 3, \"num_labels\": 3";
            case "roberta" ->
                "\"model_type\": \"roberta\", \"vocab_size\": %1$d, \"hidden_size\": 32, \"num_hidden_layers\": %2$d,"
                        + " \"num_attention_heads\": 2, \"intermediate_size\": 48, \"hidden_act\": \"gelu\","
                        + " \"max_position_embeddings\": 42, \"type_vocab_size\": 1, \"layer_norm_eps\": 1e-5,"
                        + " \"pad_token_id\": 1, \"bos_token_id\": 0, \"eos_token_id\": 2,"
                        + " \"id2label\": {\"0\": \"safe\", \"1\": \"unsafe\"}";
            case "bart", "plbart" ->
                "\"model_type\": \"" + family + "\", \"vocab_size\": %1$d, \"d_model\": 32, \"encoder_layers\": %2$d,"
                        + " \"decoder_layers\": %2$d, \"encoder_attention_heads\": 4, \"decoder_attention_heads\": 4,"
                        + " \"encoder_ffn_dim\": 64, \"decoder_ffn_dim\": 64, \"max_position_embeddings\": 40,"
                        + " \"activation_function\": \"gelu\", \"scale_embedding\": " + family.equals("plbart")
                        + ", \"bos_token_id\": 0, \"pad_token_id\": 1, \"eos_token_id\": 2,"
                        + " \"decoder_start_token_id\": 2";
            case "t5" ->
                "\"model_type\": \"t5\", \"vocab_size\": %1$d, \"d_model\": 32, \"d_kv\": 8, \"d_ff\": 64,"
                        + " \"num_layers\": %2$d, \"num_decoder_layers\": %2$d, \"num_heads\": 4,"
                        + " \"relative_attention_num_buckets\": 8, \"relative_attention_max_distance\": 11,"
                        + " \"feed_forward_proj\": \"relu\", \"layer_norm_epsilon\": 1e-6, \"pad_token_id\": 0,"
                        + " \"bos_token_id\": 1, \"eos_token_id\": 2, \"decoder_start_token_id\": 0";
            case "t5 gated" ->
                "\"model_type\": \"t5\", \"vocab_size\": %1$d, \"d_model\": 32, \"d_kv\": 16, \"d_ff\": 48,"
                        + " \"num_layers\": %2$d, \"num_decoder_layers\": %2$d, \"num_heads\": 3,"
                        + " \"relative_attention_num_buckets\": 12, \"relative_attention_max_distance\": 17,"
                        + " \"feed_forward_proj\": \"gated-gelu\", \"layer_norm_epsilon\": 1e-6, \"pad_token_id\": 0,"
                        + " \"eos_token_id\": 1, \"decoder_start_token_id\": 0, \"tie_word_embeddings\": false";
            default -> throw new IllegalArgumentException(family);
        };
        return "{" + text.formatted(vocabulary, layers) + "}";
    }

    /** The tensors of a config, random. */
    public static Map<String, float[]> tensors(String config, long seed) throws FormatException {
        return TinyCheckpoint.tensors(shapes(Json.parseObject(config, "test")), 0.2, seed);
    }

    /** Writes config and weights; without those of its tensors that are not given. */
    public static void write(Path folder, String config, Map<String, float[]> tensors) throws IOException {
        Map<String, List<Integer>> shapes = shapes(Json.parseObject(config, "test"));
        shapes.keySet().retainAll(tensors.keySet());
        TinyCheckpoint.write(folder, config, shapes, tensors);
    }

    static Map<String, List<Integer>> shapes(Map<String, Object> config) {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        int words = number(config, "vocab_size");
        String type = (String) config.get("model_type");
        if (type.contains("bert")) {
            bert(shapes, config, type + ".", words);
        } else if (type.equals("t5")) {
            t5(shapes, config, words);
        } else {
            bart(shapes, config, words);
        }
        return shapes;
    }

    private static void bert(Map<String, List<Integer>> shapes, Map<String, Object> config, String root, int words) {
        int inner = number(config, "intermediate_size");
        shapes.put(root + "embeddings.word_embeddings.weight", List.of(words, 32));
        shapes.put(
                root + "embeddings.position_embeddings.weight", List.of(number(config, "max_position_embeddings"), 32));
        shapes.put(root + "embeddings.token_type_embeddings.weight", List.of(number(config, "type_vocab_size"), 32));
        norm(shapes, root + "embeddings.LayerNorm");
        for (int layer = 0; layer < number(config, "num_hidden_layers"); layer++) {
            String block = root + "encoder.layer." + layer + ".";
            for (String one : List.of("query", "key", "value")) {
                linear(shapes, block + "attention.self." + one, 32, 32);
            }
            linear(shapes, block + "attention.output.dense", 32, 32);
            norm(shapes, block + "attention.output.LayerNorm");
            linear(shapes, block + "intermediate.dense", inner, 32);
            linear(shapes, block + "output.dense", 32, inner);
            norm(shapes, block + "output.LayerNorm");
        }
        boolean bert = root.equals("bert.");
        linear(shapes, bert ? "bert.pooler.dense" : "classifier.dense", 32, 32);
        linear(shapes, bert ? "classifier" : "classifier.out_proj", bert ? 3 : 2, 32);
    }

    private static void bart(Map<String, List<Integer>> shapes, Map<String, Object> config, int words) {
        shapes.put("model.shared.weight", List.of(words, 32));
        for (String stack : List.of("encoder", "decoder")) {
            String root = "model." + stack + ".";
            shapes.put(root + "embed_positions.weight", List.of(number(config, "max_position_embeddings") + 2, 32));
            norm(shapes, root + "layernorm_embedding");
            for (int layer = 0; layer < number(config, stack + "_layers"); layer++) {
                String block = root + "layers." + layer + ".";
                for (String one : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                    linear(shapes, block + "self_attn." + one, 32, 32);
                    if (stack.equals("decoder")) {
                        linear(shapes, block + "encoder_attn." + one, 32, 32);
                    }
                }
                norm(shapes, block + "self_attn_layer_norm");
                if (stack.equals("decoder")) {
                    norm(shapes, block + "encoder_attn_layer_norm");
                }
                linear(shapes, block + "fc1", 64, 32);
                linear(shapes, block + "fc2", 32, 64);
                norm(shapes, block + "final_layer_norm");
            }
        }
        shapes.put("final_logits_bias", List.of(1, words));
    }

    private static void t5(Map<String, List<Integer>> shapes, Map<String, Object> config, int words) {
        int heads = number(config, "num_heads");
        int all = heads * number(config, "d_kv");
        int inner = number(config, "d_ff");
        shapes.put("shared.weight", List.of(words, 32));
        for (String stack : List.of("encoder", "decoder")) {
            shapes.put(
                    stack + ".block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                    List.of(number(config, "relative_attention_num_buckets"), heads));
            int layers = number(config, stack.equals("encoder") ? "num_layers" : "num_decoder_layers");
            for (int layer = 0; layer < layers; layer++) {
                String block = stack + ".block." + layer + ".layer.";
                attention(shapes, block + "0.SelfAttention.", all);
                shapes.put(block + "0.layer_norm.weight", List.of(32));
                String last = block + "1.";
                if (stack.equals("decoder")) {
                    attention(shapes, block + "1.EncDecAttention.", all);
                    shapes.put(block + "1.layer_norm.weight", List.of(32));
                    last = block + "2.";
                }
                boolean gated = ((String) config.get("feed_forward_proj")).startsWith("gated");
                for (String one : gated ? List.of("wi_0", "wi_1") : List.of("wi")) {
                    shapes.put(last + "DenseReluDense." + one + ".weight", List.of(inner, 32));
                }
                shapes.put(last + "DenseReluDense.wo.weight", List.of(32, inner));
                shapes.put(last + "layer_norm.weight", List.of(32));
            }
            shapes.put(stack + ".final_layer_norm.weight", List.of(32));
        }
        if (Boolean.FALSE.equals(config.get("tie_word_embeddings"))) {
            shapes.put("lm_head.weight", List.of(words, 32));
        }
    }

    private static void attention(Map<String, List<Integer>> shapes, String name, int all) {
        for (String one : List.of("q", "k", "v")) {
            shapes.put(name + one + ".weight", List.of(all, 32));
        }
        shapes.put(name + "o.weight", List.of(32, all));
    }

    private static void linear(Map<String, List<Integer>> shapes, String name, int outputs, int inputs) {
        shapes.put(name + ".weight", List.of(outputs, inputs));
        shapes.put(name + ".bias", List.of(outputs));
    }

    private static void norm(Map<String, List<Integer>> shapes, String name) {
        shapes.put(name + ".weight", List.of(32));
        shapes.put(name + ".bias", List.of(32));
    }

    private static int number(Map<String, Object> config, String key) {
        return ((Long) config.get(key)).intValue();
    }
}
