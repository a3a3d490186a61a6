/**
 * Decoders as trainable arrays: {@link io.bantam.trainer.model.DecoderParameters} holds the weights under their public
 * names and
 * {@link io.bantam.trainer.model.Decoder} runs them, whatever their {@link io.bantam.runtime.format.Architecture}.
 * {@link io.bantam.trainer.model.EncoderModel} does both for models with an encoder; stages see either as a {@link
 * io.bantam.trainer.model.TrainableModel}. Knows the
 * engine and the formats, not recipes.
 */
package io.bantam.trainer.model;
