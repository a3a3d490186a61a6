package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A family of models as Hugging Face folders hold them: how {@code config.json} says their shape, and what their tensors are
 * called. Everything else reads {@link DecoderConfig} and knows no family.
 */
interface Family {
    /** The value of {@code model_type}, which is also the architecture's name. */
    String name();

    /** The shape and form that a config describes; what cannot be computed is added to the keys' problems. */
    DecoderConfig read(ConfigKeys keys);

    /** A config that transformers can load, without the keys of other concerns. */
    Map<String, Object> write(DecoderConfig config);

    /** What names of tensors may begin with, and need not. */
    String prefix();

    /** Whether a tensor, named without the prefix, is a constant that needs no reading. */
    boolean isConstant(String name);

    /**
     * The tensors of a file that lie one below the other in one of ours.
     *
     * @param name as in {@link DecoderConfig#shapes()}
     */
    List<Stored> stored(DecoderConfig config, String name);

    /** For each row of one of our tensors the row among those of {@link #stored}; none where they are the same. */
    default Optional<int[]> rowOrder(DecoderConfig config, String name) {
        return Optional.empty();
    }

    /**
     * A tensor of a file.
     *
     * @param name without the prefix
     * @param shape in our orientation, {@code [outputs, inputs]}
     * @param transposed whether the file holds it as {@code [inputs, outputs]}
     */
    record Stored(String name, List<Integer> shape, boolean transposed) {
        /** The shape in the file. */
        List<Integer> fileShape() {
            return transposed ? shape.reversed() : shape;
        }
    }
}
