package io.bantam.runtime.format;

import java.util.List;
import java.util.Map;

/** The shape of a model: what stages, files and quantizers need to know of it, whatever it computes. */
public sealed interface ModelConfig permits DecoderConfig, EncoderConfig {
    /** The family, as {@code model_type} in Hugging Face's configs. */
    String family();

    /** Tokens of the vocabulary. */
    int vocabularySize();

    /** Longest context, in tokens. */
    int positions();

    /** Features of the hidden state. */
    int width();

    /** Number of blocks, those of all stacks together. */
    int layers();

    /**
     * Blocks that follow each other: the only ones of a decoder, or those of an encoder and those of the decoder behind
     * it.
     *
     * @param prefix of the names of its tensors; empty for the first stack
     * @param layers number of its blocks
     */
    record Stack(String prefix, int layers) {}

    /** The stacks in the order in which a model runs them, none of them empty. */
    List<Stack> stacks();

    /** This shape with another number of blocks in the stack of a prefix. */
    ModelConfig withLayers(String prefix, int layers);

    /** Every tensor, with its shape; linear weights as [outputs, inputs]. In model order. */
    Map<String, List<Integer>> shapes();

    /** The names of the weights of the token embedding and, where it has its own, of the vocabulary product. */
    List<String> embeddings();

    /** The names of the linears of every block, from the first to the last, without {@code .weight}. */
    List<List<String>> blockLinears();

    /** The names of all activations that may be quantized: inputs of linears under the linears' names, and sums. */
    List<String> activationNames();

    /** Whether the vocabulary product uses the token embedding. */
    boolean tiedHead();

    /** The number of parameters, the tied embedding counted once. */
    default long parameterCount() {
        long count = 0;
        for (List<Integer> shape : shapes().values()) {
            count += shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        }
        return count;
    }

    /** The JSON form kept in packed files. */
    Map<String, Object> toJson();
}
