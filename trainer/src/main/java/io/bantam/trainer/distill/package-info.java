/**
 * Distillation: what a student is taught ({@link io.bantam.trainer.distill.DistillationLoss}) and one step of teaching
 * it ({@link io.bantam.trainer.distill.DistillationStep}). Training from text alone is distillation without a teacher.
 */
package io.bantam.trainer.distill;
