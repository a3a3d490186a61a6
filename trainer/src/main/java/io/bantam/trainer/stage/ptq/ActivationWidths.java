package io.bantam.trainer.stage.ptq;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.recipe.ActivationMode;
import io.bantam.trainer.recipe.Ptq;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** How a recipe quantizes activations, by their names. */
final class ActivationWidths {
    private ActivationWidths() {}

    /**
     * The activations of a model.
     *
     * @param ranges gives the fixed ranges of the activations that a static quantization puts on grids of some bits
     */
    static ActivationQuantization of(
            Ptq.Activations settings,
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
