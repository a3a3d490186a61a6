/**
 * Writes quantized models into files.
 *
 * <p>Entry class: {@link io.bantam.compression.export.PackWriter}, for the packed file that {@code io.bantam.runtime}
 * runs. {@link io.bantam.compression.export.GgmlBlocks} makes the blocks of ggml's tensor types.
 */
package io.bantam.compression.export;
