/**
 * Recipes from the settings of other tools: {@link io.bantam.trainer.migrate.DeepSpeedMigration} reads the compression
 * settings of DeepSpeed, which had XTC until it dropped its compression library in 2026.
 *
 * <p>Writes recipes as text: may depend on {@code io.bantam.runtime.format} alone, and on no class of a recipe.
 */
package io.bantam.trainer.migrate;
