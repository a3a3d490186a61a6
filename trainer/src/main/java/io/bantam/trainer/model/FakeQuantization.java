package io.bantam.trainer.model;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a forward pass quantizes: weights by name, and the inputs of all linear layers of the blocks, as packed files do.
 *
 * @param weights quantizer by tensor name; {@code wte.weight} serves the lookup and, if
 *     tied, the vocabulary product
 * @param inputs grids of the activations, or empty for floating point
 */
public record FakeQuantization(WeightQuantization weights, Optional<InputQuantization> inputs) {
    private static final int BINARY = 1;
    private static final int TERNARY = 2;
    private static final int SYMMETRIC = 3;
    private static final int ASYMMETRIC = 4;

    /** Nothing quantized. */
    public static FakeQuantization none() {
        return new FakeQuantization(WeightQuantization.none(), Optional.empty());
    }

    /** Rows of [kind, bits, group] for every place of the operation library. */
    long[] weightSchemes(List<String> places, ModelConfig config) {
        var shapes = config.shapes();
        long[] schemes = new long[3 * places.size()];
        int at = 0;
        for (String name : places) {
            Optional<Quantizer> quantizer = weights.of(name);
            if (quantizer.isPresent()) {
                List<Integer> shape = shapes.get(name);
                schemes[at] = kind(quantizer.get());
                schemes[at + 1] = quantizer.get().bits();
                schemes[at + 2] = group(quantizer.get().granularity(), shape);
            }
            at += 3;
        }
        return schemes;
    }

    /** Rows of [kind, bits, range] for every place, a name of an activation each; ranges as the operation library has them. */
    long[] inputSchemes(List<String> places) {
        long[] schemes = new long[3 * places.size()];
        if (inputs.isEmpty()) {
            return schemes;
        }
        for (int place = 0; place < places.size(); place++) {
            int bits = inputs.get().codeBits(places.get(place));
            if (bits > 0) {
                schemes[3 * place] = inputs.get().symmetric() ? SYMMETRIC : ASYMMETRIC;
                schemes[3 * place + 1] = bits;
                schemes[3 * place + 2] = inputs.get().rangeForm(places.get(place));
            }
        }
        return schemes;
    }

    /** The names of a decoder's activations in the operation library's order: inputs of all linear layers, then all sums. */
    static List<String> activationPlaces(DecoderConfig config) {
        List<String> places = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            places.addAll(DecoderConfig.linears(layer));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            places.addAll(DecoderConfig.sums(layer));
        }
        return places;
    }

    private static long kind(Quantizer quantizer) {
        return switch (quantizer.scheme()) {
            case BINARY -> BINARY;
            case TERNARY -> TERNARY;
            case SYMMETRIC -> SYMMETRIC;
            case ASYMMETRIC -> ASYMMETRIC;
        };
    }

    private static long group(Granularity granularity, List<Integer> shape) {
        return switch (granularity) {
            case Granularity.PerTensor whole -> 0;
            case Granularity.PerRow row -> shape.getLast();
            case Granularity.PerGroup group -> group.groupSize(1, shape.getLast());
            case Granularity.EqualGroups groups -> groups.groupSize(shape.getFirst(), shape.getLast());
        };
    }
}
