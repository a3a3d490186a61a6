package io.bantam.trainer.recipe;

import java.util.List;
import java.util.Optional;

/** How the inputs of linear layers are quantized, whether in training or after it: the keys that both have. */
public sealed interface ActivationSettings permits Quantization.Activations, Ptq.Activations {

    /** Bits an activation. */
    int bits();

    /** Whether codes are centred on 0. */
    boolean symmetric();

    /** One scale a token, or one fixed scale a layer. */
    ActivationMode mode();

    /** Neighbouring features of an input that share a scale, in dynamic mode; empty for all of a token. */
    Optional<Integer> group();

    /** Other widths for some of the activations; training has none. */
    default List<Ptq.ActivationWidth> overrides() {
        return List.of();
    }
}
