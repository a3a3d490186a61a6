/**
 * Running packed models: from token ids to logits and to further tokens.
 *
 * <p>Start from {@link io.bantam.runtime.model.PackedDecoder}, which computes logits, with {@link
 * io.bantam.runtime.model.KvCache}, which remembers a context. {@link io.bantam.runtime.model.Generator} completes
 * token sequences with both. Inside, {@code PackedLinear} is one linear layer with its quantized input and {@code
 * Attention} one block's attention. {@link io.bantam.runtime.model.ExactDecoder} defines what the logits are.
 *
 * <p>May depend on {@code io.bantam.runtime.format}, {@code io.bantam.runtime.kernel} and the JDK; not on {@code
 * tokenizer}, {@code python}, {@code completion} or {@code serve}: it knows token ids and nothing of text.
 */
package io.bantam.runtime.model;
