package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;

/**
 * The shares of the files, chosen by a hash of their content, that training never sees.
 *
 * @param validation share for the loss measured during training, 0 to less than 1
 * @param test share for the evaluation samples, 0 to less than 1
 */
public record Split(
        @Key(
                value = "Share of the files for the validation loss, which is measured during training.",
                standard = "0.02",
                atLeast = 0,
                below = 1)
        double validation,

        @Key(value = "Share of the files for the evaluation samples.", standard = "0.02", atLeast = 0, below = 1)
        double test) {

    public Split {
        Limits.check(Split.class, validation, test);
    }
}
