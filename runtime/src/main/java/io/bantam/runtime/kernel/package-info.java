/**
 * The arithmetic of packed inference on plain arrays.
 *
 * <p>{@link io.bantam.runtime.kernel.Kernels} lists the few loops that take the time, {@link
 * io.bantam.runtime.kernel.ScalarKernels} defines them, {@link io.bantam.runtime.kernel.VectorKernels} does the same through
 * {@code jdk.incubator.vector}, and {@link io.bantam.runtime.kernel.Kernels#best} chooses. {@link
 * io.bantam.runtime.kernel.WeightMatrix} holds weights in the form that the loops read.
 *
 * <p>Activations travel in panels: the features of up to {@code width} tokens with the tokens side by side, {@code
 * panel[feature * width + token]}. One vector register then holds one feature of neighbouring tokens, a weight is one scalar
 * for all of them, and no sum across a register is needed. A single token is a panel of width 1.
 *
 * <p>Products of integer weights and integer activations are computed in float32 registers, the fastest units that Java reaches.
 * That is exact, as int32 would be, while sums stay below 2^24, where float32 holds every integer; larger sums (8 x 8 bits, more
 * than 1,000 columns, all near their extremes) are rounded to 24 bits, as they are anyway when the scale is applied.
 *
 * <p>May depend on {@code io.bantam.runtime.format} and the JDK.
 */
package io.bantam.runtime.kernel;
