package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;

/**
 * The shape of a GPT-2 model: learned positions, pre-norm blocks, tanh GELU, tied embedding, feed-forward 4 x width.
 *
 * @param layers blocks
 * @param width size of the hidden state; a multiple of {@code heads}
 * @param heads attention heads a block
 * @param context the longest sequence, in tokens
 * @param layerNormEpsilon added to the variance in every layer normalisation
 */
public record ModelSettings(
        @Key(value = "Blocks.", atLeast = 1, atMost = 256) int layers,

        @Key(value = "Size of the hidden state; a multiple of heads.", atLeast = 8, atMost = 65_536)
        int width,

        @Key(value = "Attention heads a block.", atLeast = 1, atMost = 1024)
        int heads,

        @Key(value = "Longest sequence in tokens.", atLeast = 8, atMost = 65_536)
        int context,

        @Key(value = "Added to the variance in layer normalisation.", standard = "1.0e-5", above = 0, atMost = 1)
        double layerNormEpsilon) {

    public ModelSettings {
        Limits.check(ModelSettings.class, layers, width, heads, context, layerNormEpsilon);
    }
}
