/**
 * Models in Hugging Face folders: {@code config.json}, weights and tokenizer, as transformers writes and reads them.
 *
 * <p>{@link io.bantam.trainer.hub.CheckpointReader} reads a folder into named float32 tensors,
 * {@link io.bantam.trainer.hub.CheckpointWriter} writes one, and {@link io.bantam.trainer.hub.ModelLocation} finds out
 * by its content what a path given by the user is.
 *
 * <p>Each {@link io.bantam.trainer.hub.Family} maps its config to a shape and its tensors' names to Bantam's;
 * Bantam's names are those of {@link io.bantam.runtime.format.DecoderConfig}. Linear weights are
 * {@code [outputs, inputs]} in memory; GPT-2 has its own as {@code [inputs, outputs]} in the folders (transformers'
 * {@code Conv1D}), so they are turned both ways. What a family keeps in several tensors lies one below the other in
 * ours: queries, keys and values; gate and value.
 *
 * <p>PyTorch's own files ({@code pytorch_model.bin}) are pickles, which are programs. They are read by an unpickler
 * that knows the few classes and operations of a state dict, runs nothing else and refuses any other class by its name.
 *
 * <p>Nothing here fetches from a network or uses a tensor library. May depend on {@code tokenizer}, on
 * {@code io.bantam.runtime.format}, and of {@code model} on {@link io.bantam.trainer.model.PartialWeights} alone, which
 * needs none either.
 */
package io.bantam.trainer.hub;
