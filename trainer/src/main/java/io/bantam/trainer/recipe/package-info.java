/**
 * Recipes: the YAML language in which an experiment is written, as immutable records.
 *
 * <p>Start at {@link io.bantam.trainer.recipe.RecipeLoader}; {@link io.bantam.trainer.recipe.Recipe} is what comes out.
 * Every key's meaning, default and range stands once, in the {@code @Key} of its record component: the loader, the
 * constructors, the JSON Schema, the reference and the resolved recipe are all made from it. To add a key, add a
 * component; to add a stage, add a record to {@link io.bantam.trainer.recipe.Stage}. What is made into files ({@link
 * io.bantam.trainer.recipe.RecipeSchema}, {@link io.bantam.trainer.recipe.RecipeReference}) must then be written anew.
 *
 * <p>No model or tensor is known here: of the project it may use only the plain words of {@code
 * io.bantam.compression.quantizer}, and what runs a stage hands plain arguments on.
 */
package io.bantam.trainer.recipe;
