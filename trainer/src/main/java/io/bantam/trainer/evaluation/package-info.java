/**
 * Measures a model: line completion (exact match and edit similarity), token level loss and accuracy, the uncertainty
 * of all of them, and what the packed file costs to run (speed, memory, energy).
 *
 * <p>Start at {@link io.bantam.trainer.evaluation.LineCompletionEvaluator} for a model and at
 * {@link io.bantam.trainer.evaluation.Scorer} for predictions that are already text. Scores follow CodeXGLUE's line
 * completion evaluator, see {@link io.bantam.trainer.evaluation.LineText}.
 *
 * <p>Quality is measured through {@link io.bantam.trainer.evaluation.Completer} and
 * {@link io.bantam.trainer.evaluation.NextTokenLogits} alone, cost by running packed files with
 * {@code io.bantam.runtime}. This package depends on neither a tensor library nor the other packages of the trainer
 * below {@code io.bantam.trainer}.
 */
package io.bantam.trainer.evaluation;
