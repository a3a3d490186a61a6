/**
 * Functional correctness of generated code: pass@k on the tasks of HumanEval (arXiv:2107.03374) and MBPP
 * (arXiv:2108.07732).
 *
 * <p>Start at {@link io.bantam.trainer.functional.FunctionalEvaluator}. Tasks are read from the data sets' own files by
 * {@link io.bantam.trainer.functional.CodeTask}; programs run in {@link io.bantam.trainer.sandbox.Sandbox} and nowhere
 * else. The evaluator sees a model only through {@link io.bantam.trainer.functional.CodeWriter}, of which there are two
 * for packed models. May depend on {@code evaluation}, {@code sandbox} and {@code io.bantam.runtime}; knows no tensor
 * library, recipe or stage.
 */
package io.bantam.trainer.functional;
