/**
 * The methods of post-training quantization, one class each: {@link io.bantam.trainer.ptq.Nearest}, {@link
 * io.bantam.trainer.ptq.Gptq}, {@link io.bantam.trainer.ptq.Awq}, {@link io.bantam.trainer.ptq.AdaRound}, {@link
 * io.bantam.trainer.ptq.AutoRound} and {@link io.bantam.trainer.ptq.Aqlm}.
 *
 * <p>A {@link io.bantam.trainer.ptq.PtqMethod} is the record of its recipe keys. It declares which models and settings
 * it fits, at which scope it works and what decides the size of its codes, and chooses codes for one layer
 * ({@link io.bantam.trainer.ptq.LayerWork}) or one block ({@link io.bantam.trainer.ptq.BlockWork}) at a time. The
 * arithmetic on single matrices is in {@code io.bantam.compression.ptq}; {@code stage.ptq} walks the model and hands
 * out the work.
 *
 * <p>May depend on models and the engine, of recipes on the marks of keys alone ({@code recipe.key}), and on no stage.
 */
package io.bantam.trainer.ptq;
