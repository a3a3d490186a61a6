/**
 * Recipes: the YAML language in which an experiment is written, as immutable records.
 *
 * <p>Start at {@link io.bantam.trainer.recipe.RecipeLoader}; {@link io.bantam.trainer.recipe.Recipe} is what comes out.
 * Every key's meaning, default and range stands once, in the {@code @Key} of its record component: the loader, the
 * constructors, the JSON Schema, the reference and the resolved recipe are all made from it. To add a key, add a
 * component; to add a stage, add a record to {@link io.bantam.trainer.recipe.Stage}. The files
 * that tests make of the keys, {@code recipe.schema.json} and {@code REFERENCE.md}, must then be written anew.
 *
 * <p>No model's values, tensor library, training or stage is known here. Of the project the package may use the plain
 * types of {@code io.bantam.compression.quantizer} and {@code io.bantam.runtime.format}, the method records of
 * {@code io.bantam.trainer.ptq}, and, to check a recipe before work begins, what {@code hub} and {@code tokenizer} read
 * of a model's config and tokenizer. What runs a stage hands plain arguments on.
 */
package io.bantam.trainer.recipe;
