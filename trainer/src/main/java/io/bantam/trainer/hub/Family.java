package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A family of models as Hugging Face folders hold them: how {@code config.json} describes their shape, and what their
 * tensors are called. Everything else reads the config and knows no family.
 *
 * @param <C> the shape of its models
 */
interface Family<C extends ModelConfig> {
    /** The value of {@code model_type}, which is also the architecture's name. */
    String name();

    /** The shape and form that a config describes; what cannot be computed is added to the keys' problems. */
    C read(ConfigKeys keys);

    /** A config that transformers can load, without the keys of other concerns. */
    Map<String, Object> write(C config);

    /** What names of tensors may begin with, and need not. */
    String prefix();

    /**
     * What a tensor's name in a file that is written begins with.
     *
     * @param name as in {@link ModelConfig#shapes()}
     */
    default String prefixOf(String name) {
        return name.startsWith(DecoderConfig.HEAD) ? "" : prefix();
    }

    /**
     * Names without the prefix, beside the embedding's own, under which a file may have the embedding too, or instead.
     */
    default List<String> sameAsEmbedding(C config) {
        return config.tiedHead() ? List.of(DecoderConfig.HEAD + ".weight") : List.of();
    }

    /**
     * Whether a file may lack a tensor because its model was not yet trained for a task.
     *
     * @param name as in {@link ModelConfig#shapes()}
     */
    default boolean isTaskHead(String name) {
        return false;
    }

    /** The present form of a name that older files have, without the prefix. */
    default String presentName(String name) {
        return name;
    }

    /** Whether a tensor, named without the prefix, is a constant that needs no reading. */
    boolean isConstant(String name);

    /**
     * The tensors of a file that lie one below the other in one of ours.
     *
     * @param name as in {@link ModelConfig#shapes()}
     */
    List<Stored> stored(C config, String name);

    /** Returns the row of {@link #stored} that each row of one of our tensors is; none where the order is the same. */
    default Optional<int[]> rowOrder(C config, String name) {
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
