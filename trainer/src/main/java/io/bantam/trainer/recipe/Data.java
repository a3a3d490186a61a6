package io.bantam.trainer.recipe;

import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.Optional;

/**
 * The text a run trains, validates and tests on.
 *
 * @param source where the files come from
 * @param form of the text that models read; empty for that which the teacher's tokenizer knows
 * @param limitMegabytes how much text is kept, in units of 1,000,000 bytes; empty for all
 * @param sequenceLength model tokens a training sequence
 * @param split which share of the files is held back
 */
public record Data(
        @Key("Where the files come from.") Source source,

        @Key(
                value =
                        "What models read: py150, its normal form of Python, or plain, the text as it stands; null takes"
                                + " py150 where the teacher's tokenizer has its tokens (<s> and <EOL>), else plain.",
                standard = "null")
        Optional<TextForm> form,

        @Key(
                value = "Megabytes (1,000,000 bytes) of text to keep; null keeps all.",
                standard = "null",
                above = 0,
                atMost = 1e6)
        Optional<Double> limitMegabytes,

        @Key(value = "Model tokens a training sequence.", standard = "256", atLeast = 8, atMost = 65_536)
        int sequenceLength,

        @Key(value = "Shares of the files that are held back.", standard = "{}")
        Split split) {

    public Data {
        Limits.check(Data.class, source, form, limitMegabytes, sequenceLength, split);
    }
}
