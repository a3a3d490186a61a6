package io.bantam.trainer.migrate;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.BantamException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Says which of a GPT-2's layers DeepSpeed's module patterns mean: regular expressions searched for in the modules'
 * names. A pattern written for a BERT means the layers that do the same work.
 */
final class ModulePatterns {
    /** Names of the linears of block %d in the models that DeepSpeed's examples compress. */
    private static final Map<String, List<String>> LINEARS = Map.of(
            "attn.c_attn",
            List.of(
                    "transformer.h.%d.attn.c_attn",
                    "bert.encoder.layer.%d.attention.self.query",
                    "bert.encoder.layer.%d.attention.self.key",
                    "bert.encoder.layer.%d.attention.self.value"),
            "attn.c_proj",
            List.of("transformer.h.%d.attn.c_proj", "bert.encoder.layer.%d.attention.output.dense"),
            "mlp.c_fc",
            List.of("transformer.h.%d.mlp.c_fc", "bert.encoder.layer.%d.intermediate.dense"),
            "mlp.c_proj",
            List.of("transformer.h.%d.mlp.c_proj", "bert.encoder.layer.%d.output.dense"));

    private static final List<String> EMBEDDINGS =
            List.of("transformer.wte", "bert.embeddings.word_embeddings", "lm_head");

    private final List<String> linears = new ArrayList<>();
    private final boolean embedding;
    private final boolean everyLinear;

    /**
     * @param where the key, for messages
     * @param layers blocks of the student
     */
    ModulePatterns(List<String> patterns, String where, int layers) {
        List<Pattern> compiled =
                patterns.stream().map(text -> compile(text, where)).toList();
        int wanted = 0;
        for (String linear : DecoderConfig.linears(0).stream()
                .map(name -> name.substring("h.0.".length()))
                .toList()) {
            List<Integer> found = new ArrayList<>();
            for (int layer = 0; layer < layers; layer++) {
                int number = layer;
                if (LINEARS.get(linear).stream().anyMatch(name -> matches(compiled, name.formatted(number)))) {
                    found.add(layer);
                }
            }
            wanted += found.size();
            if (found.size() == layers) {
                linears.add("h.*." + linear);
            } else {
                found.forEach(layer -> linears.add("h." + layer + "." + linear));
            }
        }
        everyLinear = wanted == 4 * layers;
        embedding = EMBEDDINGS.stream().anyMatch(name -> matches(compiled, name));
    }

    /** Layer names as a recipe has them. */
    List<String> linears() {
        return everyLinear ? List.of("*") : List.copyOf(linears);
    }

    boolean embedding() {
        return embedding;
    }

    private static boolean matches(List<Pattern> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(name).find());
    }

    private static Pattern compile(String text, String where) {
        try {
            return Pattern.compile(text.equals("*") ? ".*" : text);
        } catch (PatternSyntaxException e) {
            throw new BantamException(where + ": '" + text + "' is no regular expression: " + e.getDescription() + ".");
        }
    }
}
