/**
 * Writes quantized models into files.
 *
 * <p>Entry classes: {@link io.bantam.compression.export.PackWriter}, for the packed file that {@code io.bantam.runtime}
 * runs, {@link io.bantam.compression.export.GgufWriter}, for llama.cpp and whatever reads its files, and
 * {@link io.bantam.compression.export.OnnxWriter}, for ONNX Runtime.
 *
 * <p>May depend on {@code quantizer}, {@code range}, {@code ptq} and {@code io.bantam.runtime}; uses no tensor library
 * itself.
 */
package io.bantam.compression.export;
