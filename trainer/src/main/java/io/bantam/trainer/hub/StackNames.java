package io.bantam.trainer.hub;

import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.hub.Family.Stored;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The name of a tensor of a model with an encoder, taken apart.
 *
 * @param decoder whether it belongs to the decoder
 * @param layer its block; -1 outside the blocks
 * @param part such as {@code mlp.c_fc}
 * @param tensor weight or bias
 */
record StackNames(boolean decoder, int layer, String part, String tensor) {
    static StackNames of(String name) {
        boolean decoder = name.startsWith(EncoderConfig.DECODER);
        String rest = decoder ? name.substring(EncoderConfig.DECODER.length()) : name;
        int dot = rest.lastIndexOf('.');
        String tensor = rest.substring(dot + 1);
        if (!rest.startsWith("h.")) {
            return new StackNames(decoder, -1, rest.substring(0, dot), tensor);
        }
        int end = rest.indexOf('.', 2);
        return new StackNames(decoder, Integer.parseInt(rest.substring(2, end)), rest.substring(end + 1, dot), tensor);
    }

    /** One tensor of ours that is one of the file's. */
    List<Stored> whole(EncoderConfig config, String name, String fileName) {
        return List.of(new Stored(fileName + "." + tensor, config.shapes().get(name), false));
    }

    /** One tensor of ours that lies in several of equal height. */
    List<Stored> parts(EncoderConfig config, String name, String... fileNames) {
        List<Integer> shape = new ArrayList<>(config.shapes().get(name));
        shape.set(0, shape.getFirst() / fileNames.length);
        return Arrays.stream(fileNames)
                .map(file -> new Stored(file + "." + tensor, List.copyOf(shape), false))
                .toList();
    }
}
