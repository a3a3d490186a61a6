package io.bantam.trainer.stage;

import io.bantam.compression.quantizer.QuantizationSchedule;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.GoldenSectionSearch;
import io.bantam.compression.range.MseGrid2dSearch;
import io.bantam.compression.range.RangeSearch;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Quantization;
import io.bantam.trainer.recipe.Reduce;
import io.bantam.trainer.recipe.Stage;
import io.bantam.trainer.recipe.WeightSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the quantizers that a recipe describes. */
public final class RecipeQuantizers {
    private RecipeQuantizers() {}

    /** The quantizers of a quantization-aware distillation, once everything has its own width. */
    public static WeightQuantization of(Quantization quantization, ModelConfig config) {
        WeightQuantization linears = linears(quantization.weights(), RangeSearch.MIN_MAX, config);
        return withEmbedding(
                linears, quantization.embedding().map(embedding -> embedding.quantizer(RangeSearch.MIN_MAX)), config);
    }

    /** The quantizers of a post-training quantization. */
    public static WeightQuantization of(Ptq ptq, ModelConfig config) {
        Ptq.Weights weights = ptq.weights();
        RangeSearch range = search(weights.range());
        WeightQuantization all = linears(weights, range, config);
        for (String name : List.copyOf(all.quantizers().keySet())) {
            String linear = name.substring(0, name.length() - ".weight".length());
            for (Ptq.Width override : weights.overrides()) {
                if (override.names(linear)) {
                    Quantizer other = override.bits().quantizer(weights.symmetric(), weights.granularity(), range);
                    all = all.with(List.of(name), other);
                }
            }
        }
        return withEmbedding(
                all, ptq.embedding().map(embedding -> embedding.quantizer(search(embedding.range()))), config);
    }

    /** How a stage leaves the weights quantized; decided by the recipe alone. */
    public static WeightQuantization after(Stage stage, ModelState before, ModelConfig config) {
        return switch (stage) {
            case Reduce _ -> before.quantization();
            case Distill distill ->
                distill.quantization()
                        .map(quantization -> of(quantization, config))
                        .orElse(WeightQuantization.none());
            case Ptq ptq -> of(ptq, config);
        };
    }

    private static WeightQuantization withEmbedding(
            WeightQuantization linears, Optional<Quantizer> embedding, ModelConfig config) {
        return embedding
                .map(quantizer -> linears.with(config.embeddings(), quantizer))
                .orElse(linears);
    }

    /** A quantizer with another width; those without a uniform grid have only one. */
    public static Quantizer withBits(Quantizer quantizer, int bits) {
        return quantizer
                .uniform()
                .<Quantizer>map(uniform -> uniform.withBits(bits))
                .orElse(quantizer);
    }

    /** The quantization with the widths of codes that were chosen before. */
    public static WeightQuantization asChosen(WeightQuantization quantization, Map<String, QuantizedWeight> codes) {
        WeightQuantization chosen = quantization;
        for (Map.Entry<String, QuantizedWeight> entry : codes.entrySet()) {
            Optional<Quantizer> quantizer = quantization.of(entry.getKey());
            if (quantizer.isPresent()) {
                chosen = chosen.with(
                        List.of(entry.getKey()),
                        withBits(quantizer.get(), entry.getValue().bits()));
            }
        }
        return chosen;
    }

    /** What a schedule leaves of the quantization at a step. */
    public static WeightQuantization at(
            long step, Quantization.Schedule schedule, WeightQuantization target, ModelConfig config) {
        QuantizationSchedule when = new QuantizationSchedule(
                schedule.startStep(),
                schedule.startBits().orElse(0),
                schedule.stepsPerBit().orElse(schedule.startBits().isPresent() ? 1 : 0),
                schedule.stepsBetweenLayers());
        Map<String, Quantizer> now = new LinkedHashMap<>();
        List<List<String>> blocks = config.blockLinears();
        for (int layer = 0; layer < blocks.size(); layer++) {
            for (String linear : blocks.get(layer)) {
                put(now, linear + ".weight", when, step, layer, target);
            }
        }
        for (String embedding : config.embeddings()) {
            put(now, embedding, when, step, 0, target);
        }
        return new WeightQuantization(now);
    }

    private static void put(
            Map<String, Quantizer> now,
            String name,
            QuantizationSchedule when,
            long step,
            int layer,
            WeightQuantization target) {
        Optional<Quantizer> quantizer = target.of(name).flatMap(q -> when.quantizerAt(step, layer, q));
        quantizer.ifPresent(q -> now.put(name, q));
    }

    /** The search that a recipe's word for a range names. */
    public static RangeSearch search(Ptq.Range range) {
        return switch (range) {
            // What the cross-entropy chooses is a factor of the full range, known by the codes: see EmbeddingRange.
            case MIN_MAX, CROSS_ENTROPY -> RangeSearch.MIN_MAX;
            case MSE -> RangeSearch.MSE;
            case MSE_2D -> new MseGrid2dSearch();
            case GOLDEN_SECTION -> new GoldenSectionSearch();
        };
    }

    private static WeightQuantization linears(WeightSettings settings, RangeSearch range, ModelConfig config) {
        List<String> linears =
                config.blockLinears().stream().flatMap(List::stream).toList();
        List<String> weights = WeightQuantization.select(linears, settings.include(), settings.exclude()).stream()
                .map(linear -> linear + ".weight")
                .toList();
        return WeightQuantization.none().with(weights, settings.quantizer(range));
    }
}
