package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.Limits;
import java.util.Optional;

/**
 * Makes a student of some of the model's blocks; embeddings and the last layer normalisation are copied (XTC,
 * arXiv:2206.01859, skip-layer initialisation).
 *
 * @param layers which blocks stay
 * @param keep how many blocks stay; needed by every rule but {@code every-second}
 * @param decoderLayers which blocks of a decoder behind an encoder stay; empty for the same choice
 * @param decoderKeep how many; empty for the same number
 * @param samples validation sequences that {@code importance} and {@code greedy} measure the loss on
 */
@Kind(
        value = "reduce",
        meaning = "Makes a student of some of the model's blocks; everything outside the blocks is" + " copied.")
public record Reduce(
        @Key("Blocks that stay, as a list of 0-based numbers or a rule: every-second takes 1, 3,"
                + " 5, ...; first, last and"
                + " evenly take keep blocks by position; importance drops the blocks whose removal"
                + " raises the validation"
                + " loss least; greedy drops one after the other that way.")
        LayerChoice layers,

        @Key(
                value = "Number of blocks that stay; needed by every rule but every-second.",
                standard = "null",
                atLeast = 1,
                atMost = 256)
        Optional<Integer> keep,

        @Key(
                value = "Validation sequences on which the rules importance and greedy measure the loss.",
                standard = "32",
                atLeast = 1,
                atMost = 1_000_000)
        int samples,

        @Key(
                value = "Blocks of the decoder that stay in a model with an encoder too; null takes the"
                        + " choice made for the"
                        + " encoder.",
                standard = "null")
        Optional<LayerChoice> decoderLayers,

        @Key(
                value = "Number of blocks of that decoder that stay; null keeps as many as of the encoder.",
                standard = "null",
                atLeast = 1,
                atMost = 256)
        Optional<Integer> decoderKeep)
        implements Stage {

    public Reduce {
        Limits.check(Reduce.class, layers, keep, samples, decoderLayers, decoderKeep);
    }

    /** The only stack's blocks. */
    public Reduce(LayerChoice layers, Optional<Integer> keep, int samples) {
        this(layers, keep, samples, Optional.empty(), Optional.empty());
    }
}
