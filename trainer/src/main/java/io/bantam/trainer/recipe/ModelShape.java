package io.bantam.trainer.recipe;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What checks need to know of a GPT-2 model.
 *
 * @param layers blocks
 * @param width size of the hidden state
 * @param context the longest sequence, in tokens
 */
record ModelShape(int layers, int width, int context) {
    private static final List<String> LINEARS = List.of("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj");

    /** Names the linear layers of the first {@code layers} blocks. */
    static List<String> linearLayers(int layers) {
        return IntStream.range(0, layers)
                .boxed()
                .flatMap(block -> linears(block))
                .toList();
    }

    private static Stream<String> linears(int block) {
        return LINEARS.stream().map(linear -> "h." + block + "." + linear);
    }
}
