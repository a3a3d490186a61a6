package io.bantam.trainer.hub;

import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.EncoderConfig.Activation;
import io.bantam.runtime.format.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * BERT (arXiv:1810.04805), and RoBERTa with CodeBERT (arXiv:1907.11692, arXiv:2002.08155), as classifiers of texts or
 * of pairs of them. The two differ in positions, which RoBERTa counts from behind the filling id, and in the
 * classifier's names.
 */
final class BertFamily implements Family<EncoderConfig> {
    private static final int USUAL_LABELS = 2;
    /** Heads of the models before they were trained for a task. */
    private static final Pattern OTHER_HEADS =
            Pattern.compile("cls\\..*|lm_head\\..*|embeddings\\.position_ids|qa_outputs\\..*");

    private final boolean roberta;

    BertFamily(boolean roberta) {
        this.roberta = roberta;
    }

    @Override
    public String name() {
        return roberta ? "roberta" : "bert";
    }

    @Override
    public EncoderConfig read(ConfigKeys keys) {
        Activation activation = StackKeys.activation(keys, "hidden_act");
        keys.require("position_embedding_type", "absolute", "absolute", "only absolute positions can be computed");
        keys.require("is_decoder", false, false, "a decoder cannot be computed with these names");
        int vocabularySize = keys.integer("vocab_size", null);
        int width = keys.integer("hidden_size", null);
        int inner = keys.integer("intermediate_size", null);
        int layers = keys.integer("num_hidden_layers", null);
        int heads = keys.integer("num_attention_heads", null);
        int rows = keys.integer("max_position_embeddings", null);
        int types = keys.integer("type_vocab_size", 2);
        float epsilon = keys.real("layer_norm_eps", 1e-12f);
        int pad = StackKeys.token(keys, "pad_token_id", roberta ? 1 : 0);
        int begin = StackKeys.token(keys, roberta ? "bos_token_id" : "cls_token_id", roberta ? 0 : -1);
        int end = StackKeys.token(keys, roberta ? "eos_token_id" : "sep_token_id", roberta ? 2 : -1);
        int classes = labels(keys);
        int offset = roberta ? pad + 1 : 0;
        if (width % heads != 0) {
            keys.problem("num_attention_heads " + heads + " does not divide hidden_size " + width);
        }
        if (rows <= offset) {
            keys.problem("max_position_embeddings " + rows + " leaves no positions");
        }
        return keys.config(() -> new EncoderConfig(
                name(),
                vocabularySize,
                rows - offset,
                width,
                inner,
                layers,
                0,
                heads,
                width / heads,
                epsilon,
                types,
                classes,
                new EncoderConfig.Tokens(begin, end, pad, -1),
                new EncoderConfig.Form(
                        false,
                        Norm.LAYER,
                        offset,
                        0,
                        0,
                        true,
                        true,
                        activation,
                        false,
                        true,
                        false,
                        true,
                        false,
                        false)));
    }

    /** {@code id2label} or {@code num_labels}; the names of labels are the data's affair. */
    private static int labels(ConfigKeys keys) {
        Object named = keys.take("id2label", null);
        keys.take("label2id", null);
        int count = keys.integer("num_labels", USUAL_LABELS);
        if (named == null) {
            return count;
        }
        if (named instanceof Map<?, ?> map && !map.isEmpty()) {
            return map.size();
        }
        keys.problem("id2label is " + Json.write(named) + "; expected the labels by their numbers");
        return count;
    }

    @Override
    public Map<String, Object> write(EncoderConfig config) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "architectures",
                List.of(roberta ? "RobertaForSequenceClassification" : "BertForSequenceClassification"));
        json.put("model_type", name());
        json.put("hidden_act", StackKeys.word(config.form().activation()));
        json.put("vocab_size", config.vocabularySize());
        json.put("hidden_size", config.width());
        json.put("intermediate_size", config.innerWidth());
        json.put("num_hidden_layers", config.encoderLayers());
        json.put("num_attention_heads", config.heads());
        json.put("max_position_embeddings", config.positions() + config.form().offset());
        json.put("type_vocab_size", config.types());
        json.put("layer_norm_eps", config.layerNormEpsilon());
        json.put("pad_token_id", config.tokens().pad());
        json.put(
                roberta ? "bos_token_id" : "cls_token_id",
                CheckpointConfig.idOrNull(config.tokens().begin()));
        json.put(roberta ? "eos_token_id" : "sep_token_id", config.tokens().end());
        Map<String, Object> names = new LinkedHashMap<>();
        Map<String, Object> numbers = new LinkedHashMap<>();
        for (int label = 0; label < config.classes(); label++) {
            names.put(Integer.toString(label), "LABEL_" + label);
            numbers.put("LABEL_" + label, label);
        }
        json.put("id2label", names);
        json.put("label2id", numbers);
        return json;
    }

    @Override
    public String prefix() {
        return roberta ? "roberta." : "bert.";
    }

    @Override
    public String prefixOf(String name) {
        boolean outside = name.startsWith(EncoderConfig.CLASSIFIER) || roberta && name.startsWith(EncoderConfig.POOLER);
        return outside ? "" : prefix();
    }

    @Override
    public boolean isConstant(String name) {
        return OTHER_HEADS.matcher(name).matches() || roberta && name.startsWith("pooler.");
    }

    /** Files of 2018 call a norm's weight and bias gamma and beta. */
    @Override
    public String presentName(String name) {
        return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias");
    }

    @Override
    public List<String> sameAsEmbedding(EncoderConfig config) {
        return List.of();
    }

    @Override
    public boolean isTaskHead(String name) {
        return name.startsWith(EncoderConfig.CLASSIFIER) || name.startsWith(EncoderConfig.POOLER);
    }

    @Override
    public List<Stored> stored(EncoderConfig config, String name) {
        StackNames at = StackNames.of(name);
        String block = "encoder.layer." + at.layer() + ".";
        return switch (at.part()) {
            case "wte" -> at.whole(config, name, "embeddings.word_embeddings");
            case "wpe" -> at.whole(config, name, "embeddings.position_embeddings");
            case "tte" -> at.whole(config, name, "embeddings.token_type_embeddings");
            case "ln_e" -> at.whole(config, name, "embeddings.LayerNorm");
            case "attn.c_attn" -> {
                String self = block + "attention.self.";
                yield at.parts(config, name, self + "query", self + "key", self + "value");
            }
            case "attn.c_proj" -> at.whole(config, name, block + "attention.output.dense");
            case "ln_1" -> at.whole(config, name, block + "attention.output.LayerNorm");
            case "mlp.c_fc" -> at.whole(config, name, block + "intermediate.dense");
            case "mlp.c_proj" -> at.whole(config, name, block + "output.dense");
            case "ln_2" -> at.whole(config, name, block + "output.LayerNorm");
            case EncoderConfig.POOLER -> at.whole(config, name, roberta ? "classifier.dense" : "pooler.dense");
            case EncoderConfig.CLASSIFIER -> at.whole(config, name, roberta ? "classifier.out_proj" : "classifier");
            default -> throw new IllegalArgumentException(name);
        };
    }
}
