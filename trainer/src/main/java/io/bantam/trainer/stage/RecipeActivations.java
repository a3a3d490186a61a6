package io.bantam.trainer.stage;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.recipe.ActivationMode;
import io.bantam.trainer.recipe.ActivationSettings;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Quantization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Makes the grids of activations that a recipe describes. */
public final class RecipeActivations {
    private RecipeActivations() {}

    /** The grids of a model in training, which estimates static ranges itself. */
    public static ActivationQuantization inTraining(Quantization.Activations settings, ModelConfig config) {
        return of(settings, config, quantized -> Map.of());
    }

    /**
     * The grids of a model's activations.
     *
     * @param ranges gives the fixed ranges of the activations that a static quantization puts on grids of some bits
     */
    public static ActivationQuantization of(
            ActivationSettings settings,
            ModelConfig config,
            Function<Map<String, Integer>, Map<String, ActivationQuantization.Range>> ranges) {
        Map<String, Integer> others = new LinkedHashMap<>();
        Map<String, Integer> quantized = new LinkedHashMap<>();
        ActivationQuantization same = ActivationQuantization.dynamic(settings.bits(), settings.symmetric());
        for (String name : config.activationNames()) {
            int bits = bits(settings.overrides(), name, same.bits(name));
            if (bits != same.bits(name)) {
                others.put(name, bits);
            }
            if (same.withWidths(others).quantizes(name)) {
                quantized.put(name, bits);
            }
        }
        if (settings.mode() == ActivationMode.DYNAMIC || quantized.isEmpty()) {
            return same.withWidths(others).withGroup(settings.group().orElse(0));
        }
        return ActivationQuantization.fixed(settings.bits(), settings.symmetric(), ranges.apply(quantized))
                .withWidths(others);
    }

    private static int bits(List<Ptq.ActivationWidth> overrides, String name, int otherwise) {
        int bits = otherwise;
        for (Ptq.ActivationWidth override : overrides) {
            bits = override.names(name) ? override.bits() : bits;
        }
        return bits;
    }
}
