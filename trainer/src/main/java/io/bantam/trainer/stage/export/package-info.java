/**
 * Writes models: {@link io.bantam.trainer.stage.export.PackedExport} the packed file, with a proof that it computes
 * what the trained model computes, {@link io.bantam.trainer.stage.export.VariantFiles} the other formats.
 *
 * <p>May depend on {@code stage}, not on its other children.
 */
package io.bantam.trainer.stage.export;
