package io.bantam.trainer.recipe;

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
@Kind("reduce")
public record Reduce(
        @Key("Blocks that stay: a rule, or a list of 0-based numbers such as [1, 3, 5].")
        LayerChoice layers,

        @Key(
                value = "How many blocks stay, for every rule but every-second.",
                standard = "null",
                atLeast = 1,
                atMost = 256)
        Optional<Integer> keep,

        @Key(
                value = "Sequences that 'importance' and 'greedy' measure the loss on.",
                standard = "32",
                atLeast = 1,
                atMost = 1_000_000)
        int samples,

        @Key(
                value =
                        "Blocks of the decoder that stay, where there is an encoder too; null chooses as for the encoder.",
                standard = "null")
        Optional<LayerChoice> decoderLayers,

        @Key(
                value = "How many blocks of that decoder stay; null keeps as many as of the encoder.",
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
