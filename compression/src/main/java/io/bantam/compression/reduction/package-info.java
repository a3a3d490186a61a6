/**
 * Makes a shallower student out of chosen layers of a teacher, and says which layers learn from which.
 *
 * <p>Entry classes: {@link io.bantam.compression.reduction.LayerSelection} (which layers),
 * {@link io.bantam.compression.reduction.LayerReduction} (copy them) and
 * {@link io.bantam.compression.reduction.DistillationLayers} (who learns from whom). Layers count from 0. Needs the JDK
 * alone and knows no tensors: parameters are whatever type the caller keeps them in.
 */
package io.bantam.compression.reduction;
