/**
 * Quantizers of weights and activations, and the straight-through estimators that train through them.
 *
 * <p>Entry classes: {@link io.bantam.compression.quantizer.Quantizer} (weights),
 * {@link io.bantam.compression.quantizer.ActivationQuantizer} (inputs of linear layers) and
 * {@link io.bantam.compression.quantizer.StraightThroughEstimator}. The {@code NDArray} forms are the definition;
 * faster, fused forms are tested against them. The {@code float[]} forms give the codes and scales that a packed file
 * stores and agree with the {@code NDArray} forms to the last bit, the sign of a zero aside.
 *
 * <p>Corners: sign(0) is +1; halves round to even; a group of zeros stays zeros, and so does a constant
 * group under XTC's asymmetric rule, whose range has no extent. NaN is never made of finite values.
 *
 * <p>Memory: every {@code NDArray} returned belongs to the manager of the array it was made from, and the caller closes
 * it (or that manager). Intermediate arrays are closed before a method returns.
 */
package io.bantam.compression.quantizer;
