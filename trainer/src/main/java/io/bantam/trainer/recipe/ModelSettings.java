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
        @Key(value = "Number of transformer blocks.", atLeast = 1, atMost = 256)
        int layers,

        @Key(value = "Size of the hidden state; a multiple of heads.", atLeast = 8, atMost = 65_536)
        int width,

        @Key(value = "Attention heads per block.", atLeast = 1, atMost = 1024)
        int heads,

        @Key(
                value = "Longest sequence in tokens, which is the number of learned positions.",
                atLeast = 8,
                atMost = 65_536)
        int context,

        @Key(
                value = "Number added to the variance in layer normalisation, against division by 0.",
                standard = "1.0e-5",
                above = 0,
                atMost = 1)
        double layerNormEpsilon) {

    public ModelSettings {
        Limits.check(ModelSettings.class, layers, width, heads, context, layerNormEpsilon);
    }
}
