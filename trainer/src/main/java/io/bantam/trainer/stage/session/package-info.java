/**
 * Runs recipes: {@link io.bantam.trainer.stage.session.RecipeRunner} prepares the data, has every stage run once in a
 * folder of its own ({@link io.bantam.trainer.stage.session.RunSession}), exports and evaluates every variant and
 * writes the report.
 *
 * <p>May depend on all packages of {@code stage} but {@code search}.
 */
package io.bantam.trainer.stage.session;
