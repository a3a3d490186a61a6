package io.bantam.compression.export;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.Rotary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How llama.cpp wants a family's tensors: its name for the architecture, for each tensor, and the order of rows. All
 * but GPT-2 have queries, keys and values apart; for {@code llama} the turned features of a head lie as neighbours.
 */
final class GgufLayout {
    private final DecoderConfig config;
    private final String architecture;

    private GgufLayout(DecoderConfig config, String architecture) {
        this.config = config;
        this.architecture = architecture;
    }

    /**
     * The layout of a model.
     *
     * @throws IllegalArgumentException in one line, if llama.cpp does not run models of this form
     */
    static GgufLayout of(DecoderConfig config) {
        Architecture form = config.architecture();
        String architecture = switch (form.name()) {
            case "gpt2", "qwen2", "starcoder2" -> form.name();
            case "llama", "mistral" -> "llama";
            default ->
                throw new IllegalArgumentException("llama.cpp runs no " + form.name()
                        + " models; GGUF files can be written of gpt2, llama, mistral, qwen2 and starcoder2");
        };
        form.rotary().ifPresent(rotary -> {
            if (rotary.width() != config.headWidth()) {
                throw new IllegalArgumentException("a " + form.name() + " that turns only " + rotary.width() + " of "
                        + config.headWidth() + " features of a head cannot be written as GGUF");
            }
            if (rotary.scaling() instanceof Rotary.Scaling.Yarn yarn
                    && Math.abs(yarn.magnitude() - (1 + 0.1 * Math.log(yarn.factor()))) > 1e-6) {
                throw new IllegalArgumentException(
                        "a YaRN magnitude other than 1 + 0.1 ln(factor) cannot be written as GGUF");
            }
        });
        return new GgufLayout(config, architecture);
    }

    /** The name of the architecture, and what its keys begin with. */
    String architecture() {
        return architecture;
    }

    /** A tensor as the file has it, by its names there. */
    Map<String, ModelTensor> tensors(String name, ModelTensor tensor) {
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        String file = GgufWriter.tensorName(name);
        if (!architecture.equals("gpt2") && name.contains(".attn.c_attn.")) {
            int queries = config.attentionWidth();
            int keys = config.keyValueHeads() * config.headWidth();
            tensors.put(file.replace("attn_qkv", "attn_q"), TensorRows.of(tensor, turned(0, queries)));
            tensors.put(file.replace("attn_qkv", "attn_k"), TensorRows.of(tensor, turned(queries, keys)));
            tensors.put(file.replace("attn_qkv", "attn_v"), TensorRows.of(tensor, rows(queries + keys, keys)));
        } else if (config.architecture().feedForward() == Architecture.FeedForward.SWIGLU
                && name.contains(".mlp.c_fc.")) {
            int inner = config.innerWidth();
            tensors.put(file.replace("ffn_up", "ffn_gate"), TensorRows.of(tensor, rows(0, inner)));
            tensors.put(file, TensorRows.of(tensor, rows(inner, inner)));
        } else {
            tensors.put(file, tensor);
        }
        return tensors;
    }

    private static int[] rows(int first, int count) {
        return IntStream.range(first, first + count).toArray();
    }

    /** Rows of queries or keys; for {@code llama} pair (i, i + half) of a head becomes (2 i, 2 i + 1). */
    private int[] turned(int first, int count) {
        int[] rows = rows(first, count);
        if (architecture.equals("llama")) {
            int size = config.headWidth();
            for (int i = 0; i < count; i++) {
                int within = i % size;
                rows[i] = first + i - within + within % 2 * (size / 2) + within / 2;
            }
        }
        return rows;
    }

    /** What turned frequencies are divided by, one a pair, where llama.cpp has no key for the scaling; else empty. */
    List<Float> frequencyDivisors() {
        Rotary rotary = config.architecture().rotary().orElse(null);
        if (rotary == null || !(rotary.scaling() instanceof Rotary.Scaling.Llama3)) {
            return List.of();
        }
        double[] plain =
                new Rotary(rotary.width(), rotary.neighbours(), rotary.base(), new Rotary.Scaling.None()).frequencies();
        double[] scaled = rotary.frequencies();
        return IntStream.range(0, plain.length)
                .mapToObj(i -> (float) (plain[i] / scaled[i]))
                .toList();
    }
}
