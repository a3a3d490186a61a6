/**
 * Running packed models: {@link io.bantam.runtime.model.PackedDecoder} computes logits, {@link
 * io.bantam.runtime.model.Generator} completes token sequences, {@link io.bantam.runtime.model.KvCache} remembers a
 * context; {@link io.bantam.runtime.model.ExactDecoder} says what the logits are.
 *
 * <p>May depend on {@code io.bantam.runtime.format}, {@code io.bantam.runtime.kernel} and the JDK; knows nothing of
 * text.
 */
package io.bantam.runtime.model;
