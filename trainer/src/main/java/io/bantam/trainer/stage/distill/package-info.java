/**
 * Stages that train: {@link io.bantam.trainer.stage.distill.TeacherStage} loads or trains the teacher,
 * {@link io.bantam.trainer.stage.distill.DistillStage} a student. The steps and losses themselves are in
 * {@code trainer.distill}, the loop in {@code trainer.train}. May depend on {@code stage}, not on its other children.
 */
package io.bantam.trainer.stage.distill;
