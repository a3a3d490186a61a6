/**
 * Layer reduction: {@link io.bantam.trainer.stage.reduce.ReduceStage} makes a student of some of the teacher's layers.
 *
 * <p>May depend on {@code stage}, not on its other children.
 */
package io.bantam.trainer.stage.reduce;
