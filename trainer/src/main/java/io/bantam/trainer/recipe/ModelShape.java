package io.bantam.trainer.recipe;

import io.bantam.runtime.format.DecoderConfig;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What checks need to know of a model.
 *
 * @param layers blocks
 * @param width size of the hidden state
 * @param context the longest sequence, in tokens
 * @param columns of the linear layers' weights and the embedding
 */
record ModelShape(int layers, int width, int context, SortedSet<Integer> columns) {
    /** Of a model that there is. */
    static ModelShape of(DecoderConfig config) {
        return new ModelShape(
                config.layers(),
                config.width(),
                config.positions(),
                new TreeSet<>(List.of(config.width(), config.attentionWidth(), config.innerWidth())));
    }

    /** Of a model that will be trained, four times as wide inside. */
    static ModelShape of(ModelSettings model) {
        return new ModelShape(
                model.layers(),
                model.width(),
                model.context(),
                new TreeSet<>(List.of(model.width(), 4 * model.width())));
    }

    /** Names the linear layers of the first {@code layers} blocks. */
    static List<String> linearLayers(int layers) {
        return IntStream.range(0, layers)
                .boxed()
                .flatMap(block -> DecoderConfig.linears(block).stream())
                .toList();
    }
}
