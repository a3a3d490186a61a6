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
                value = "Form of the text that models read: plain, source code as it stands, or py150, the"
                        + " normal form of Python"
                        + " that PY150 has; null takes py150 if the teacher's tokenizer has <s> and <EOL>, else plain.",
                standard = "null")
        Optional<TextForm> form,

        @Key(
                value = "Most text to keep, in MB (1,000,000 bytes); null keeps all.",
                standard = "null",
                above = 0,
                atMost = 1e6)
        Optional<Double> limitMegabytes,

        @Key(value = "Tokens per training sequence.", standard = "256", atLeast = 8, atMost = 65_536)
        int sequenceLength,

        @Key(
                value = "Shares of the files that are held back from training, chosen by a hash of their" + " content.",
                standard = "{}")
        Split split) {

    public Data {
        Limits.check(Data.class, source, form, limitMegabytes, sequenceLength, split);
    }
}
