/**
 * How much worse a model gets when the text of a task is rephrased: the three perturbations of Wei et al. (Towards
 * Greener Yet Powerful Code Generation via Quantization, arXiv:2303.05378) and tests of what they do.
 *
 * <p>Start at {@link io.bantam.trainer.robustness.Perturbation}, which changes the natural language of a task and
 * leaves its code alone; {@link io.bantam.trainer.robustness.PairedTests} tells chance from effect.
 *
 * <p>May depend on no other package of the project.
 */
package io.bantam.trainer.robustness;
