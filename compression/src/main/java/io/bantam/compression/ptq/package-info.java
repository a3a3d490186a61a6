/**
 * Post-training quantization: a trained model's weights and activation ranges become a quantized model without
 * training.
 *
 * <p>Entry classes, by what they look at. Nothing but the weights: {@link io.bantam.compression.ptq.RoundToNearest}.
 * The second moments of a layer's inputs, which the papers of GPTQ and OBQ call the Hessian, since they are that of the
 * layer's squared output error but for a factor ({@link io.bantam.compression.ptq.InputStatistics}):
 * {@link io.bantam.compression.ptq.Gptq}, {@link io.bantam.compression.ptq.Awq},
 * {@link io.bantam.compression.ptq.AdaRound}, {@link io.bantam.compression.ptq.Aqlm},
 * {@link io.bantam.compression.ptq.BiasCorrection}. The gradient of a block's error:
 * {@link io.bantam.compression.ptq.AutoRound}, and {@link io.bantam.compression.ptq.Tuning} after AQLM. Before any of
 * them the spread of inputs may be moved into the weights: {@link io.bantam.compression.ptq.SmoothQuant} and
 * {@link io.bantam.compression.ptq.PerEmbeddingGroups} choose scales, {@link io.bantam.compression.ptq.ScaleFolding}
 * puts them where they cost nothing. After them {@link io.bantam.compression.ptq.ActivationCalibration} measures the
 * ranges of activations. {@link io.bantam.compression.ptq.BitAllocation} spreads a budget of bits over the weights, and
 * {@link io.bantam.compression.ptq.WorstTensors} says where a quantization hurts.
 *
 * <p>The caller runs the model; nothing here knows its architecture: of {@code io.bantam.runtime} only the scheme of
 * codes is used, of this module {@code quantizer} and {@code range}. Weights are {@code [out, in]}.
 */
package io.bantam.compression.ptq;
