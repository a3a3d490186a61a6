/**
 * Decoders as trainable arrays: {@link io.bantam.trainer.model.DecoderParameters} holds the weights under their public names and
 * {@link io.bantam.trainer.model.Decoder} runs them, whatever their {@link io.bantam.runtime.format.Architecture}. Knows the
 * engine and the formats, not recipes.
 */
package io.bantam.trainer.model;
