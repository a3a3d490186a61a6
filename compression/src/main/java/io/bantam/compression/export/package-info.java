/**
 * Writes quantized models into files.
 *
 * <p>Entry classes: {@link io.bantam.compression.export.PackWriter}, for the packed file that {@code io.bantam.runtime}
 * runs, {@link io.bantam.compression.export.GgufWriter}, for llama.cpp and whatever reads its files, and
 * {@link io.bantam.compression.export.OnnxWriter}, for ONNX Runtime.
 */
package io.bantam.compression.export;
