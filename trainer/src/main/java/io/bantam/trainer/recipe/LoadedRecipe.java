package io.bantam.trainer.recipe;

import java.util.List;

/**
 * A recipe without errors.
 *
 * @param recipe the recipe, with all defaults and overrides
 * @param warnings what is doubtful, in the order of the file; the recipe runs all the same
 */
public record LoadedRecipe(Recipe recipe, List<Problem> warnings) {
    public LoadedRecipe {
        warnings = List.copyOf(warnings);
    }
}
