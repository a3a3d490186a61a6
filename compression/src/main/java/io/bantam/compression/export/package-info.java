/**
 * Writes quantized models into files.
 *
 * <p>Holds so far the blocks of the ggml tensor types, {@link io.bantam.compression.export.GgmlBlocks}.
 */
package io.bantam.compression.export;
