package io.bantam.trainer.recipe;

import java.util.Optional;

/**
 * Makes a student of some of the model's blocks; embeddings and the last layer normalisation are copied (XTC,
 * arXiv:2206.01859, skip-layer initialisation).
 *
 * @param layers which blocks stay
 * @param keep how many blocks stay; needed by {@code first}, {@code last}, {@code evenly} and {@code importance}, and
 *     by nothing else
 * @param samples validation sequences that {@code importance} measures the loss on
 */
@Kind("reduce")
public record Reduce(
        @Key("Blocks that stay: a rule, or a list of 0-based numbers such as [1, 3, 5].")
        LayerChoice layers,

        @Key(
                value = "How many blocks stay, for first, last, evenly and importance.",
                standard = "null",
                atLeast = 1,
                atMost = 256)
        Optional<Integer> keep,

        @Key(
                value = "Validation sequences that 'importance' measures the loss on.",
                standard = "32",
                atLeast = 1,
                atMost = 1_000_000)
        int samples)
        implements Stage {

    public Reduce {
        Limits.check(Reduce.class, layers, keep, samples);
    }
}
