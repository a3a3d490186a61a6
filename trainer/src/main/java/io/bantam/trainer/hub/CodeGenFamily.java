package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * CodeGen (arXiv:2203.13474): a GPT-J whose queries, keys and values lie in one matrix in the order in which four
 * machines held them. Each quarter has the queries, then the values, then the keys of a quarter of the heads.
 */
final class CodeGenFamily implements Family<DecoderConfig> {
    private static final int MACHINES = 4;
    private static final String FUSED = ".attn.c_attn.weight";

    @Override
    public String name() {
        return "codegen";
    }

    @Override
    public DecoderConfig read(ConfigKeys keys) {
        DecoderConfig config = GptJKeys.read(keys, name());
        if (config != null && config.heads() % MACHINES != 0) {
            keys.problem("n_head is " + config.heads() + "; expected a multiple of " + MACHINES);
        }
        return config;
    }

    @Override
    public Map<String, Object> write(DecoderConfig config) {
        return GptJKeys.write(config, "CodeGenForCausalLM");
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
        if (name.endsWith(FUSED)) {
            String stored = name.replace(FUSED, ".attn.qkv_proj.weight");
            return List.of(new Stored(stored, config.shapes().get(name), false));
        }
        return GptJKeys.stored(config, name);
    }

    @Override
    public Optional<int[]> rowOrder(DecoderConfig config, String name) {
        if (!name.endsWith(FUSED)) {
            return Optional.empty();
        }
        int width = config.attentionWidth();
        int quarter = width / MACHINES;
        // Where queries, keys and values begin in each quarter of the file.
        int[] begin = {0, 2 * quarter, quarter};
        int[] order = new int[3 * width];
        for (int row = 0; row < order.length; row++) {
            int kind = row / width;
            int machine = row % width / quarter;
            order[row] = machine * 3 * quarter + begin[kind] + row % quarter;
        }
        return Optional.of(order);
    }
}
