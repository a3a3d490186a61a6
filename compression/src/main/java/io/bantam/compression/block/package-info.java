/**
 * Layers with quantized weights and inputs, written as plainly as possible: the definition of what is trained.
 *
 * <p>Entry classes: {@link io.bantam.compression.block.FakeQuantizedLinear} and
 * {@link io.bantam.compression.block.FakeQuantizedEmbedding}. They hold no parameters; weights come as arguments, so
 * one weight can serve two uses (the tied embedding). Fused forms elsewhere are tested against these.
 *
 * <p>May depend on {@code quantizer} and DJL's API.
 */
package io.bantam.compression.block;
