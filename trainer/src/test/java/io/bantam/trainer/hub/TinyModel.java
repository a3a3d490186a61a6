package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A GPT-2 of two blocks with seeded random weights, and the same in the layout of Hugging Face folders. */
final class TinyModel {

    static final DecoderConfig CONFIG = new DecoderConfig(11, 5, 6, 24, 2, 2, 1e-5f, 0, 1, 4);

    static final String CONFIG_JSON = """
            {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "activation_function": "gelu_new",
             "vocab_size": 11, "n_positions": 5, "n_ctx": 5, "n_embd": 6, "n_layer": 2, "n_head": 2, "n_inner": null,
             "layer_norm_epsilon": 1e-05, "bos_token_id": 0, "eos_token_id": 1, "sep_token_id": 4,
             "attn_pdrop": 0.1, "task_specific_params": {"text-generation": {"max_length": 50}}}
            """;

    private TinyModel() {}

    /** Values that half and brain floats hold exactly: sixteenths from -8 to 8 have at most 8 bits. */
    static Checkpoint checkpoint(long seed) {
        var random = new Random(seed);
        var tensors = new LinkedHashMap<String, FloatTensor>();
        CONFIG.shapes().forEach((name, shape) -> {
            var values = new float[shape.stream().mapToInt(Integer::intValue).reduce(1, Math::multiplyExact)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (random.nextInt(255) - 127) / 16f;
            }
            tensors.put(name, FloatTensor.of(values, shape.toArray(Integer[]::new)));
        });
        return new Checkpoint(CheckpointConfig.of(CONFIG), tensors);
    }

    /** Names with a prefix, linears as [inputs, outputs], written out here independently of the code under test. */
    static Map<String, FloatTensor> stored(Checkpoint checkpoint, String prefix) {
        var stored = new LinkedHashMap<String, FloatTensor>();
        checkpoint.tensors().forEach((name, tensor) -> {
            boolean linear = name.matches("h\\.\\d+\\.(attn|mlp)\\..*\\.weight");
            stored.put(prefix + name, linear ? turned(tensor) : tensor);
        });
        return stored;
    }

    private static FloatTensor turned(FloatTensor tensor) {
        int rows = tensor.shape().get(0);
        int columns = tensor.shape().get(1);
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[column * rows + row] = tensor.values()[row * columns + column];
            }
        }
        return FloatTensor.of(values, columns, rows);
    }
}
