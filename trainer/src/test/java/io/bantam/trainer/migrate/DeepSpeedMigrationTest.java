package io.bantam.trainer.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.ActivationMode;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.LayerChoice;
import io.bantam.trainer.recipe.LearningRateSchedule;
import io.bantam.trainer.recipe.Loss;
import io.bantam.trainer.recipe.Quantization;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.recipe.Reduce;
import io.bantam.trainer.recipe.WeightBits;
import io.bantam.trainer.recipe.key.Precision;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeepSpeedMigrationTest {
    /** The shape of XTC's published settings: 1 bit in all linear layers and the word embedding, half the layers. */
    private static final String XTC = """
            {
              "train_batch_size": 32, "train_micro_batch_size_per_gpu": 16, "steps_per_print": 200,
              "optimizer": {"type": "Adam", "params": {"lr": 2e-5, "betas": [0.8, 0.9], "weight_decay": 0.0}},
              "scheduler": {"type": "WarmupDecayLR", "params": {"warmup_num_steps": 100, "total_num_steps": 2000}},
              "gradient_clipping": 0.5,
              "fp16": {"enabled": false},
              "compression_training": {
                "layer_reduction": {
                  "enabled": true, "keep_number_layer": 6, "module_name_prefix": "bert.encoder.layer",
                  "teacher_layer": [1, 3, 5, 7, 9, 11], "other_module_name": ["bert.pooler", "bert.embeddings"]
                },
                "weight_quantization": {
                  "shared_parameters": {
                    "enabled": true, "quantizer_kernel": false, "schedule_offset": 0, "quantize_groups": 1,
                    "quantize_verbose": false, "quantization_type": "symmetric", "rounding": "nearest",
                    "quantize_weight_in_forward": true,
                    "fp16_mixed_quantize": {"enabled": false, "quantize_change_ratio": 0.001}
                  },
                  "different_groups": {
                    "wq1": {
                      "params": {"start_bits": 1, "target_bits": 1, "quantization_period": 0},
                      "modules": ["attention.self", "intermediate", "word_embeddings", "output.dense"]
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
                      "modules": ["attention.self", "intermediate", "output.dense"]
                    }
                  }
                },
                "row_pruning": {"shared_parameters": {"enabled": false}}
              }
            }
            """;

    private static Recipe recipe(Migration migration) {
        return new RecipeLoader()
                .withoutPathChecks()
                .parse(migration.yaml(), "r.yaml", Path.of("").toAbsolutePath())
                .recipe();
    }

    private static Migration migrate(String json) {
        return DeepSpeedMigration.of(json, "xtc", "../teacher");
    }

    private static Distill distill(Recipe recipe) {
        return (Distill) recipe.stages().get("distill");
    }

    @Test
    void xtcsSettingsBecomeTheEqualRecipe() {
        Recipe recipe = recipe(migrate(XTC));
        assertEquals(List.of("reduce", "distill"), recipe.variants().get("student"));
        assertEquals(
                new LayerChoice.Listed(List.of(1, 3, 5, 7, 9, 11)),
                ((Reduce) recipe.stages().get("reduce")).layers());
        Distill distill = distill(recipe);
        Quantization quantization = distill.quantization().orElseThrow();
        assertEquals(new WeightBits.Binary(), quantization.weights().bits());
        assertEquals(Granularity.perTensor(), quantization.weights().granularity());
        assertEquals(List.of("*"), quantization.weights().include());
        assertEquals(
                new WeightBits.Binary(), quantization.embedding().orElseThrow().bits());
        assertEquals(8, quantization.activations().orElseThrow().bits());
        assertEquals(
                ActivationMode.DYNAMIC, quantization.activations().orElseThrow().mode());
        assertEquals(Loss.LogitsKind.SOFT_CROSS_ENTROPY, distill.loss().logits().kind());
        assertEquals(1, distill.loss().attention().weight());
        assertEquals(2000, distill.training().steps());
        assertEquals(16, distill.training().batchSize());
        assertEquals(2, distill.training().accumulation());
        assertEquals(2e-5, distill.training().learningRate());
        assertEquals(100, distill.training().warmupSteps());
        assertEquals(0, distill.training().weightDecay());
        assertEquals(0.5, distill.training().gradientClip());
        assertEquals(LearningRateSchedule.LINEAR, distill.training().schedule());
        assertEquals(Precision.FLOAT32, distill.training().precision());
    }

    @Test
    void whatMeansSomethingElseHasALine() {
        List<String> notes = migrate(XTC).notes();
        for (String key : List.of(
                "layer_reduction.module_name_prefix",
                "layer_reduction.other_module_name",
                "weight_quantization.shared_parameters.quantizer_kernel",
                "weight_quantization.shared_parameters.quantize_verbose",
                "different_groups.wq1.params.quantization_period",
                "optimizer.type",
                "optimizer.params.betas",
                "steps_per_print")) {
            assertEquals(
                    1, notes.stream().filter(note -> note.contains(key + ":")).count(), key + " in " + notes);
        }
        for (String settled : List.of("train_batch_size", "schedule_offset", "range_calibration", "fp16", "pruning")) {
            assertTrue(notes.stream().noneMatch(note -> note.contains(settled + ":")), settled);
        }
        String yaml = migrate(XTC).yaml();
        notes.forEach(note -> assertTrue(yaml.contains("# - " + note + "\n"), note));
    }

    @Test
    void otherSettingsAreTranslatedOrExplained() {
        String json = XTC.replace("\"target_bits\": 1", "\"target_bits\": 2")
                .replace("\"start_bits\": 1", "\"start_bits\": 8")
                .replace("\"quantize_groups\": 1", "\"quantize_groups\": 64")
                .replace("\"range_calibration\": \"dynamic\",", "")
                .replace("\"rounding\": \"nearest\"", "\"rounding\": \"stochastic\"")
                .replace("\"quantize_weight_in_forward\": true", "\"quantize_weight_in_forward\": false")
                .replace("\"word_embeddings\", ", "")
                .replace("\"fp16\": {\"enabled\": false}", "\"fp16\": {\"enabled\": true}")
                .replace(
                        "\"row_pruning\": {\"shared_parameters\": {\"enabled\": false}}",
                        "\"row_pruning\": {\"shared_parameters\": {\"enabled\": true}}, \"layer_reducton\": {}")
                .replace("\"schedule_offset\": 0\n", "\"schedule_offset\": 7\n");
        Migration migration = migrate(json);
        Quantization quantization = distill(recipe(migration)).quantization().orElseThrow();
        assertEquals(new WeightBits.Ternary(), quantization.weights().bits());
        assertEquals(Granularity.equalGroups(64), quantization.weights().granularity());
        assertTrue(quantization.embedding().isEmpty());
        assertEquals(Precision.BFLOAT16, distill(recipe(migration)).training().precision());
        for (String part : List.of(
                "start_bits: the recipe goes to target_bits at once",
                "range_calibration: is not set",
                "rounding: the recipe rounds",
                "quantize_weight_in_forward: false left",
                "fp16.enabled: became bfloat16",
                "row_pruning: pruning has no counterpart",
                "schedule_offset: inputs set in together",
                "layer_reducton: DeepSpeed has no such key and left it alone; 'layer_reduction' may be meant")) {
            assertTrue(
                    migration.notes().stream().anyMatch(note -> note.contains(part)),
                    part + " in " + migration.notes());
        }
    }

    @Test
    void layersAreNamedOneByOneWhereNotAllAreMeant() {
        Recipe recipe = recipe(migrate(XTC.replace(
                "[\"attention.self\", \"intermediate\", \"word_embeddings\", \"output.dense\"]",
                "[\"layer\\\\.2\\\\.intermediate\", \"h\\\\.[01]\\\\.attn\\\\.c_attn\", \"mlp.c_proj\"]")));
        assertEquals(
                List.of("h.0.attn.c_attn", "h.1.attn.c_attn", "h.2.mlp.c_fc", "h.*.mlp.c_proj"),
                distill(recipe).quantization().orElseThrow().weights().include());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"target_bits\": 1 | \"target_bits\": 16 | target_bits is 16; weights have 1 to 8 bits.",
                "\"keep_number_layer\": 6 | \"keep_number_layer\": 5 | keep_number_layer is 5, but teacher_layer"
                        + " lists 6 blocks.",
                "\"enabled\": true | \"enabled\": \"yes\" | enabled must be true or false, not \"yes\".",
                "\"symmetric\", \"rounding\" | \"asymmetric\", \"rounding\" | 1 and 2 bits are symmetric in DeepSpeed"
                        + " and here.",
                "\"intermediate\", \"word | \"intermediate[\", \"word | is no regular expression",
                "\"compression_training\": { | \"compression_trainin\": { | there is no compression_training block.",
                "\"train_batch_size\": 32 | \"train_batch_size\" 32 | no valid JSON",
            })
    void badSettingsAreOneLine(String text, String with, String message) {
        BantamException refused = assertThrows(BantamException.class, () -> migrate(XTC.replace(text, with)));
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count());
    }

    @Test
    void nothingEnabledIsNothingToMigrate() {
        BantamException refused = assertThrows(
                BantamException.class, () -> migrate(XTC.replace("\"enabled\": true", "\"enabled\": false")));
        assertTrue(refused.getMessage().contains("nothing to migrate"), refused.getMessage());
    }
}
