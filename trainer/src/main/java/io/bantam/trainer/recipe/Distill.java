package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.Limits;
import java.util.Optional;

/**
 * Trains the model to imitate the recipe's teacher, and with {@code quantization} does so on fake-quantized weights
 * (quantization-aware training).
 *
 * @param quantization which weights and activations are quantized; empty trains in floating point
 * @param training how long and how fast
 * @param loss what is imitated
 */
@Kind(
        value = "distill",
        meaning = "Trains the student to imitate the teacher, in floating point or through quantized" + " weights.")
public record Distill(
        @Key(value = "What is quantized while the student trains; null trains in floating point.", standard = "null")
        Optional<Quantization> quantization,

        @Key("How long and how fast the student trains.") Training training,

        @Key(value = "The terms of the loss: what of the teacher is imitated, and how strongly.", standard = "{}")
        Loss loss)
        implements Stage {

    public Distill {
        Limits.check(Distill.class, quantization, training, loss);
    }
}
