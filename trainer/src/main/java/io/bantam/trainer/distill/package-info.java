/**
 * Distillation: what a student is taught ({@link io.bantam.trainer.distill.DistillationLoss}) and one step of teaching
 * it ({@link io.bantam.trainer.distill.DistillationStep}). Training from text alone is distillation without a teacher.
 *
 * <p>May depend on {@code model}, {@code engine} and {@code io.bantam.runtime.format}; knows no recipe, training loop
 * or stage.
 */
package io.bantam.trainer.distill;
