package io.bantam.trainer.recipe;

import java.util.Optional;

/**
 * The text a run trains, validates and tests on.
 *
 * @param source where the files come from
 * @param limitMegabytes how much normalised text is kept, in units of 1,000,000 bytes; empty for all
 * @param sequenceLength model tokens a training sequence
 * @param split which share of the files is held back
 */
public record Data(
        @Key("Where the files come from.") Source source,

        @Key(
                value = "Megabytes (1,000,000 bytes) of normalised text to keep; null keeps all.",
                standard = "null",
                above = 0,
                atMost = 1e6)
        Optional<Double> limitMegabytes,

        @Key(value = "Model tokens a training sequence.", standard = "256", atLeast = 8, atMost = 65_536)
        int sequenceLength,

        @Key(value = "Shares of the files that are held back.", standard = "{}")
        Split split) {

    public Data {
        Limits.check(Data.class, source, limitMegabytes, sequenceLength, split);
    }
}
