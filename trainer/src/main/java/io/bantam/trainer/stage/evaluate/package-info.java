/**
 * Scores what was exported: {@link io.bantam.trainer.stage.evaluate.VariantEvaluation} measures the packed file of a
 * variant, {@link io.bantam.trainer.stage.evaluate.AnswerEvaluation} a folder of a model with an encoder on its own.
 *
 * <p>May depend on {@code stage} and {@code stage.export}, not on the session.
 */
package io.bantam.trainer.stage.evaluate;
