/**
 * GPT-2 as trainable arrays: {@link io.bantam.trainer.model.Gpt2Parameters} holds the weights under their public names and
 * {@link io.bantam.trainer.model.Gpt2} runs them. Knows the engine and the formats, not recipes.
 */
package io.bantam.trainer.model;
