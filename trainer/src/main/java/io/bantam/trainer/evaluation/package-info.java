/**
 * Measures a model: line completion (exact match and edit similarity), token level loss and accuracy, the uncertainty
 * of all of them, and what the packed file costs to run (speed, memory, energy).
 *
 * <p>Start at {@link io.bantam.trainer.evaluation.LineCompletionEvaluator} for a model and at
 * {@link io.bantam.trainer.evaluation.Scorer} for predictions that are already text. Scores follow CodeXGLUE's line
 * completion evaluator, see {@link io.bantam.trainer.evaluation.LineText}.
 *
 * <p>Models are seen only through {@link io.bantam.trainer.evaluation.Completer} and
 * {@link io.bantam.trainer.evaluation.NextTokenLogits}; this package depends on neither a tensor library nor the
 * recipe, training or stage packages.
 */
package io.bantam.trainer.evaluation;
