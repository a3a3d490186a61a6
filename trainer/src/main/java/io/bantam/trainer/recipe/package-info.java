/**
 * Recipes: the YAML language in which an experiment is written, as immutable records.
 *
 * <p>Start at {@link io.bantam.trainer.recipe.RecipeLoader}; {@link io.bantam.trainer.recipe.Recipe} is what comes out.
 * Every key's meaning, default and range stands once, in the {@code @Key} of its record component: the loader, the
 * constructors, the JSON Schema and the resolved recipe are all made from it. To add a key, add a component; to add a
 * stage, add a record to {@link io.bantam.trainer.recipe.Stage}.
 *
 * <p>This package depends on a YAML parser and on nothing else of the project: stages take plain arguments from the
 * records, and no model or tensor is known here.
 */
package io.bantam.trainer.recipe;
