/**
 * What marks and bounds the keys of recipes: {@link io.bantam.trainer.recipe.key.Key} describes a record component,
 * {@link io.bantam.trainer.recipe.key.Limits} checks values against it, and {@link io.bantam.trainer.recipe.key.Words}
 * writes enums. Depends on the JDK alone, so that records of keys can stand beside the code that they steer.
 */
package io.bantam.trainer.recipe.key;
