/**
 * Runs recipes: {@link io.bantam.trainer.stage.RecipeRunner} turns a recipe into a plan of stages, runs each stage once in
 * a folder of its own, exports and evaluates every variant and writes the report. Stages hand each other a
 * {@link io.bantam.trainer.stage.StudentModel}; nothing else travels between them.
 * {@link io.bantam.trainer.stage.SearchRunner} makes the models of a search in the same way and tries quantizations on them.
 */
package io.bantam.trainer.stage;
