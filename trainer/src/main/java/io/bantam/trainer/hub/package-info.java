/**
 * GPT-2 models in Hugging Face folders: {@code config.json}, weights and tokenizer, as transformers writes and reads them.
 *
 * <p>{@link io.bantam.trainer.hub.CheckpointReader} reads a folder into named float32 tensors,
 * {@link io.bantam.trainer.hub.CheckpointWriter} writes one, and {@link io.bantam.trainer.hub.ModelLocation} tells by its
 * content what a path given by the user is.
 *
 * <p>Names are those of GPT-2 without {@code transformer.}; linear weights are {@code [outputs, inputs]} in memory and
 * {@code [inputs, outputs]} in the folders (the layout of transformers' {@code Conv1D}), so both directions transpose the
 * four linears of each block.
 *
 * <p>PyTorch's own files ({@code pytorch_model.bin}) are pickles, which are programs. They are read by an unpickler that
 * knows the few classes and operations of a state dict, runs nothing else and refuses any other class by its name.
 *
 * <p>Nothing here fetches from a network, and nothing needs a tensor library.
 */
package io.bantam.trainer.hub;
