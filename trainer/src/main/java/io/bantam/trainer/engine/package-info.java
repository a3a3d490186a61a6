/**
 * The operations that DJL's NDArray lacks, as one TorchScript library ({@code operations.py} among the resources):
 * whole-model forward and backward, fused losses, AdamW. {@link io.bantam.trainer.engine.Operations} is the entry.
 * Knows arrays only: no recipes, files or stages.
 */
package io.bantam.trainer.engine;
