/**
 * What marks and bounds the keys of recipes: {@link io.bantam.trainer.recipe.key.Key} says what a record component
 * means in a recipe, {@link io.bantam.trainer.recipe.key.Limits} holds values against it, and
 * {@link io.bantam.trainer.recipe.key.Words} says how enums are written. Depends on the JDK alone, so that records of
 * keys can stand beside the code that they steer.
 */
package io.bantam.trainer.recipe.key;
