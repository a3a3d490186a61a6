/**
 * Layer reduction: {@link io.bantam.trainer.stage.reduce.ReduceStage} makes a student of some of the teacher's layers.
 */
package io.bantam.trainer.stage.reduce;
