/**
 * Recipes from the settings of other tools: {@link io.bantam.trainer.migrate.DeepSpeedMigration} reads the compression
 * settings of DeepSpeed, which had XTC until it dropped its compression library in 2026.
 */
package io.bantam.trainer.migrate;
