package io.bantam.trainer.hub;

import io.bantam.runtime.format.ModelConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The families that Bantam knows. */
final class Families {
    private static final Map<String, Family<?>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("gpt2", new Gpt2Family());
        ALL.put("llama", new LlamaFamily("llama"));
        ALL.put("mistral", new LlamaFamily("mistral"));
        ALL.put("qwen2", new LlamaFamily("qwen2"));
        ALL.put("starcoder2", new StarCoder2Family());
        ALL.put("gptj", new GptJFamily());
        ALL.put("codegen", new CodeGenFamily());
        ALL.put("xglm", new XglmFamily());
        ALL.put("bert", new BertFamily(false));
        ALL.put("roberta", new BertFamily(true));
        ALL.put("bart", new BartFamily("bart"));
        ALL.put("plbart", new BartFamily("plbart"));
        ALL.put("t5", new T5Family());
    }

    private Families() {}

    /** The family of a {@code model_type}. */
    static Optional<Family<?>> find(String modelType) {
        return Optional.ofNullable(ALL.get(modelType));
    }

    /** The family of a model that was read. */
    @SuppressWarnings("unchecked") // A config has the name of the family that made it.
    static <C extends ModelConfig> Family<C> of(C config) {
        return (Family<C>)
                find(config.family()).orElseThrow(() -> new IllegalArgumentException(config.family() + ": " + known()));
    }

    /** What to answer to an unknown one. */
    static String known() {
        return "Bantam knows the families " + String.join(", ", ALL.keySet());
    }
}
