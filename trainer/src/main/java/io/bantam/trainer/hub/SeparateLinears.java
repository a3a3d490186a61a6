package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.hub.Family.Stored;
import java.util.ArrayList;
import java.util.List;

/** Tensors that files keep apart and Bantam one below the other. */
final class SeparateLinears {
    private SeparateLinears() {}

    /** Queries, keys and values; {@code pattern} has {@code %s} for q, k and v. */
    static List<Stored> queriesKeysValues(DecoderConfig config, String pattern, String tensor) {
        int keys = config.keyValueHeads() * config.headWidth();
        return rows(
                config,
                tensor,
                List.of(pattern.formatted("q"), pattern.formatted("k"), pattern.formatted("v")),
                List.of(config.attentionWidth(), keys, keys));
    }

    /** Gate and value. */
    static List<Stored> gateAndValue(DecoderConfig config, String gate, String value, String tensor) {
        return rows(config, tensor, List.of(gate, value), List.of(config.innerWidth(), config.innerWidth()));
    }

    private static List<Stored> rows(DecoderConfig config, String tensor, List<String> names, List<Integer> rows) {
        List<Stored> parts = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            List<Integer> shape = tensor.equals("weight") ? List.of(rows.get(i), config.width()) : List.of(rows.get(i));
            parts.add(new Stored(names.get(i) + "." + tensor, shape, false));
        }
        return parts;
    }
}
