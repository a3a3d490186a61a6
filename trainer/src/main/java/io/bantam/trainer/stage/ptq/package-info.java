/**
 * Post-training quantization: {@link io.bantam.trainer.stage.ptq.PtqStage} chooses codes for the weights and measures
 * the ranges of activations; the algorithms on single matrices are in {@code io.bantam.compression.ptq}. May depend on
 * {@code stage}, not on its other children.
 */
package io.bantam.trainer.stage.ptq;
