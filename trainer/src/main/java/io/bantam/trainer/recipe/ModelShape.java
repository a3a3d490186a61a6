package io.bantam.trainer.recipe;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.ModelConfig;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What checks need to know of a model.
 *
 * @param task what the model can do
 * @param layers blocks
 * @param decoderLayers blocks of a decoder behind an encoder
 * @param width size of the hidden state
 * @param context the longest sequence, in tokens
 * @param columns of the linear layers' weights and the embedding
 */
record ModelShape(Task task, int layers, int decoderLayers, int width, int context, SortedSet<Integer> columns) {
    /** Of a model that there is. */
    static ModelShape of(ModelConfig config) {
        SortedSet<Integer> columns = new TreeSet<>();
        Map<String, List<Integer>> shapes = config.shapes();
        config.blockLinears()
                .forEach(block -> block.forEach(
                        linear -> columns.add(shapes.get(linear + ".weight").get(1))));
        return switch (config) {
            case DecoderConfig decoder ->
                new ModelShape(Task.COMPLETION, decoder.layers(), 0, decoder.width(), decoder.positions(), columns);
            case EncoderConfig stacks ->
                new ModelShape(
                        stacks.classes() > 0 ? Task.CLASSIFICATION : Task.GENERATION,
                        stacks.encoderLayers(),
                        stacks.decoderLayers(),
                        stacks.width(),
                        stacks.positions(),
                        columns);
        };
    }

    /** Of a model that will be trained, four times as wide inside. */
    static ModelShape of(ModelSettings model) {
        return new ModelShape(
                Task.COMPLETION,
                model.layers(),
                0,
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

    /** Names the linear layers of the decoder behind an encoder. */
    List<String> decoderLinearLayers() {
        return IntStream.range(0, decoderLayers)
                .boxed()
                .flatMap(block -> EncoderConfig.decoderLinears(block).stream())
                .toList();
    }
}
