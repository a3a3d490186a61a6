package io.bantam.trainer.stage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.export.PackWriter;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.reduction.LayerReduction;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.migrate.DeepSpeedMigration;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TinyGpt2;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.LayerChoice;
import io.bantam.trainer.recipe.Quantization;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.recipe.Reduce;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Students of migrated recipes against DeepSpeed's formulas, written here again: weight matrices flattened, cut into
 * {@code quantize_groups} equal runs; 1 bit is {@code mean|w| sign(w)}; 2 bits are {@code alpha c} with {@code c = 1}
 * above and {@code -1} below {@code 0.7 mean|w|}, and alpha the mean magnitude of those; embeddings by tokens; blocks
 * as {@code teacher_layer} lists them. Means are summed in float64, which is what float32 sums in any order come to
 * within a digit.
 */
class MigratedStudentTest {
    private static final DecoderConfig CONFIG = TinyGpt2.config(50, 16, 64, 12, 2);

    private static String configuration(int bits, int groups, String layers) {
        return """
            {
              "train_batch_size": 32, "train_micro_batch_size_per_gpu": 32, "fp16": {"enabled": false},
              "compression_training": {
                "layer_reduction": {
                  "enabled": %b, "keep_number_layer": %d, "module_name_prefix": "transformer.h",
                  "teacher_layer": %s, "other_module_name": ["transformer.wte", "transformer.wpe", "transformer.ln_f"]
                },
                "weight_quantization": {
                  "shared_parameters": {
                    "enabled": true, "quantizer_kernel": false, "schedule_offset": 0, "quantize_groups": %d,
                    "quantize_verbose": false, "quantization_type": "symmetric", "rounding": "nearest",
                    "quantize_weight_in_forward": true,
                    "fp16_mixed_quantize": {"enabled": false, "quantize_change_ratio": 0.001}
                  },
                  "different_groups": {
                    "wq1": {
                      "params": {"start_bits": %d, "target_bits": %d, "quantization_period": 0},
                      "modules": ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj", "wte"]
                    }
                  }
                },
                "activation_quantization": {
                  "shared_parameters": {
                    "enabled": true, "quantization_type": "symmetric", "range_calibration": "dynamic",
                    "schedule_offset": 0
                  },
                  "different_groups": {
                    "aq1": {
                      "params": {"bits": 8},
                      "modules": ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]
                    }
                  }
                }
              }
            }
            """.formatted(
                !layers.equals("[]"), layers.equals("[]") ? 0 : layers.split(",").length, layers, groups, bits, bits);
    }

    private static Recipe recipe(String configuration) {
        String yaml = DeepSpeedMigration.of(configuration, "xtc", "../teacher").yaml();
        return new RecipeLoader()
                .withoutPathChecks()
                .parse(yaml, "r.yaml", Path.of("").toAbsolutePath())
                .recipe();
    }

    private static List<Integer> layers(Recipe recipe) {
        return ((LayerChoice.Listed) ((Reduce) recipe.stages().get("reduce")).layers()).layers();
    }

    private static ModelState student(Recipe recipe, Map<String, float[]> teacher) {
        List<Integer> layers =
                recipe.stages().containsKey("reduce") ? layers(recipe) : List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        DecoderConfig config = CONFIG.withLayers(layers.size());
        Quantization quantization =
                ((Distill) recipe.stages().get("distill")).quantization().orElseThrow();
        WeightQuantization weights = RecipeQuantizers.of(quantization, config);
        return ModelState.teacher(config, new LayerReduction(layers).reduce(teacher, UnaryOperator.identity()))
                .quantized(weights, ActivationQuantization.NONE);
    }

    /** DeepSpeed's formula. */
    private static float[] quantized(float[] weights, int groups, int bits) {
        float[] result = new float[weights.length];
        int size = weights.length / groups;
        for (int group = 0; group < groups; group++) {
            int from = group * size;
            double sum = 0;
            for (int i = from; i < from + size; i++) {
                sum += Math.abs(weights[i]);
            }
            float alpha = (float) (sum / size);
            float threshold = bits == 2 ? 0.7f * alpha : 0;
            if (bits == 2) {
                double kept = 0;
                int count = 0;
                for (int i = from; i < from + size; i++) {
                    if (Math.abs(weights[i]) > threshold) {
                        kept += Math.abs(weights[i]);
                        count++;
                    }
                }
                alpha = (float) (kept / count);
            }
            for (int i = from; i < from + size; i++) {
                result[i] = weights[i] > threshold ? alpha : weights[i] < -threshold ? -alpha : 0;
            }
        }
        return result;
    }

    private static Map<String, float[]> expected(
            Map<String, float[]> teacher, List<Integer> layers, int bits, int groups) {
        Map<String, float[]> expected = new LinkedHashMap<>();
        for (String name : CONFIG.withLayers(layers.size()).shapes().keySet()) {
            String source = name;
            if (name.startsWith("h.")) {
                int block = Integer.parseInt(name.split("\\.")[1]);
                source = name.replaceFirst("^h\\." + block + "\\.", "h." + layers.get(block) + ".");
            }
            float[] values = teacher.get(source);
            boolean linear = name.matches("h\\.\\d+\\.(attn|mlp)\\..*\\.weight");
            expected.put(
                    name,
                    linear
                            ? quantized(values, groups, bits)
                            : name.equals("wte.weight") ? quantized(values, 50, bits) : values);
        }
        return expected;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 1  | []",
                "1 | 64 | []",
                "2 | 1  | []",
                "2 | 64 | []",
                "1 | 1  | [1, 3, 5, 7, 9, 11]",
                "1 | 64 | [2, 4, 6, 8, 10]",
                "2 | 64 | [1, 3, 5, 7, 9, 11]",
            })
    void theStudentsWeightsAreDeepSpeedsToTheBit(int bits, int groups, String list) {
        Map<String, float[]> teacher = TinyGpt2.weights(CONFIG, 11);
        Recipe recipe = recipe(configuration(bits, groups, list));
        ModelState student = student(recipe, teacher);
        List<Integer> layers = recipe.stages().containsKey("reduce") ? layers(recipe) : student.teacherLayers();
        Map<String, float[]> expected = expected(teacher, layers, bits, groups);
        Map<String, float[]> found = student.quantizedWeights();
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), name));
        // And so does a packed file hold them.
        PackWriter.tensors(student.config(), student.weights(), student.quantizedMatrices())
                .forEach((name, tensor) -> assertArrayEquals(expected.get(name), tensor.toFloats(), name));
    }

    /** The fused form, which quantizes in the forward pass of training, on one batch. */
    @Test
    void oneBatchSeesTheSameWeights() {
        Map<String, float[]> teacher = TinyGpt2.weights(CONFIG, 11);
        ModelState student = student(recipe(configuration(2, 64, "[1, 3, 5, 7, 9, 11]")), teacher);
        Map<String, float[]> expected = expected(teacher, List.of(1, 3, 5, 7, 9, 11), 2, 64);
        int[] ids = TinyGpt2.ids(4, 32, 50);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                Operations operations = Operations.load(Device.cpu());
                Decoder training = student.trainableDecoder(operations, manager, Precision.FLOAT32);
                Decoder reference = ModelState.teacher(student.config(), expected)
                        .trainableDecoder(operations, manager, Precision.FLOAT32)) {
            float[] wanted = reference.logits(ids, 2, FakeQuantization.none());
            float[] found =
                    training.logits(ids, 2, new FakeQuantization(student.quantization(), ActivationQuantization.NONE));
            assertArrayEquals(wanted, found, 1e-4f);
        }
    }
}
