package io.bantam.trainer.model;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Rotary;
import io.bantam.runtime.format.Sinusoids;
import io.bantam.trainer.engine.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A model's form as the operation library reads it: numbers that are constants of {@code operations.py}. */
final class OperationForm {
    private static final List<String> BLOCK = List.of(
            "ln_1.weight",
            "ln_1.bias",
            "attn.c_attn.weight",
            "attn.c_attn.bias",
            "attn.c_proj.weight",
            "attn.c_proj.bias",
            "ln_2.weight",
            "ln_2.bias",
            "mlp.c_fc.weight",
            "mlp.c_fc.bias",
            "mlp.c_proj.weight",
            "mlp.c_proj.bias");

    private OperationForm() {}

    /** The places of all tensors that any architecture has, by name, in the library's order. */
    static List<String> places(DecoderConfig config) {
        List<String> places = new ArrayList<>(List.of(DecoderConfig.EMBEDDING, DecoderConfig.POSITIONS));
        for (int layer = 0; layer < config.layers(); layer++) {
            places.addAll(blockPlaces(layer));
        }
        places.addAll(
                List.of("ln_f.weight", "ln_f.bias", DecoderConfig.HEAD + ".weight", DecoderConfig.HEAD + ".bias"));
        return places;
    }

    /** Those of one block. */
    static List<String> blockPlaces(int layer) {
        return BLOCK.stream().map(tensor -> "h." + layer + "." + tensor).toList();
    }

    /** Adds {@code form} and {@code constants}. */
    static Arguments add(Arguments arguments, DecoderConfig config) {
        Architecture architecture = config.architecture();
        Optional<Rotary> rotary = architecture.rotary();
        Optional<Sinusoids> sinusoids = architecture.sinusoids();
        long positions =
                sinusoids.isPresent() ? 3 : rotary.isEmpty() ? 0 : rotary.get().neighbours() ? 2 : 1;
        double[] frequencies = sinusoids
                .map(fixed -> fixed.frequencies(config.width()))
                .or(() -> rotary.map(Rotary::frequencies))
                .orElse(new double[0]);
        double[] constants = new double[3 + frequencies.length];
        constants[0] = config.layerNormEpsilon();
        constants[1] = rotary.map(Rotary::magnitude).orElse(1.0);
        constants[2] = architecture.embeddingScale();
        System.arraycopy(frequencies, 0, constants, 3, frequencies.length);
        return arguments
                .integers(
                        "form",
                        config.heads(),
                        config.keyValueHeads(),
                        config.headWidth(),
                        architecture.norm() == Architecture.Norm.RMS ? 1 : 0,
                        positions,
                        switch (architecture.feedForward()) {
                            case GELU -> 0;
                            case SWIGLU -> 1;
                            case ERF_GELU -> 2;
                        },
                        architecture.parallel() ? 1 : 0,
                        sinusoids.map(Sinusoids::first).orElse(0))
                .numbers("constants", constants);
    }
}
