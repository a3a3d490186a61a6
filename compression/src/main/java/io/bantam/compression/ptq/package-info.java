/**
 * Post-training quantization: a trained model's weights and activation ranges become a quantized model without training.
 *
 * <p>Entry classes: {@link io.bantam.compression.ptq.RoundToNearest} (weights) and
 * {@link io.bantam.compression.ptq.ActivationCalibration} (ranges of the linear layers' inputs). The caller runs the
 * model; nothing here knows its architecture.
 */
package io.bantam.compression.ptq;
