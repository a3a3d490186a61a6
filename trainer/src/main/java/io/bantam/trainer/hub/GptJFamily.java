package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import java.util.List;
import java.util.Map;

/** GPT-J: queries, keys and values in matrices of their own. */
final class GptJFamily implements Family<DecoderConfig> {
    @Override
    public String name() {
        return "gptj";
    }

    @Override
    public DecoderConfig read(ConfigKeys keys) {
        return GptJKeys.read(keys, name());
    }

    @Override
    public Map<String, Object> write(DecoderConfig config) {
        return GptJKeys.write(config, "GPTJForCausalLM");
    }

    @Override
    public String prefix() {
        return GptJKeys.PREFIX;
    }

    @Override
    public boolean isConstant(String name) {
        return GptJKeys.isConstant(name);
    }

    @Override
    public List<Stored> stored(DecoderConfig config, String name) {
        String end = ".attn.c_attn.weight";
        if (name.endsWith(end)) {
            String block = name.substring(0, name.length() - end.length());
            return SeparateLinears.queriesKeysValues(config, block + ".attn.%s_proj", "weight");
        }
        return GptJKeys.stored(config, name);
    }
}
