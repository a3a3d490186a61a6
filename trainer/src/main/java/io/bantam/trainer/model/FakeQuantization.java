package io.bantam.trainer.model;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.Quantizer.FusedForm;
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
    /**
     * Refuses what the operation library cannot compute: better no training than that of another quantizer.
     *
     * @throws IllegalArgumentException naming a weight whose quantizer has no fused form
     */
    public FakeQuantization {
        weights.quantizers().forEach((name, quantizer) -> {
            if (quantizer.fusedForm().isEmpty()) {
                throw new IllegalArgumentException(name + ": training has no operation for " + quantizer
                        + "; it can only be quantized afterwards");
            }
        });
    }

    /** Nothing quantized. */
    public static FakeQuantization none() {
        return new FakeQuantization(WeightQuantization.none(), Optional.empty());
    }

    /** Rows of [number of the fused form, bits, group] for every place of the operation library. */
    long[] weightSchemes(List<String> places, ModelConfig config) {
        var shapes = config.shapes();
        long[] schemes = new long[3 * places.size()];
        for (int place = 0; place < places.size(); place++) {
            String name = places.get(place);
            Optional<Quantizer> quantizer = weights.of(name);
            if (quantizer.isPresent()) {
                System.arraycopy(scheme(quantizer.get(), shapes.get(name)), 0, schemes, 3 * place, 3);
            }
        }
        return schemes;
    }

    /**
     * One weight's row of that table.
     *
     * @param shape of the weight
     * @throws java.util.NoSuchElementException if the quantizer has no fused form
     */
    public static long[] scheme(Quantizer quantizer, List<Integer> shape) {
        return new long[] {
            quantizer.fusedForm().orElseThrow().number(), quantizer.bits(), group(quantizer.granularity(), shape)
        };
    }

    /** Rows of [number of the fused form, bits, range] for every place, a name of an activation each; ranges as the operation library has them. */
    long[] inputSchemes(List<String> places) {
        long[] schemes = new long[3 * places.size()];
        if (inputs.isEmpty()) {
            return schemes;
        }
        for (int place = 0; place < places.size(); place++) {
            int bits = inputs.get().codeBits(places.get(place));
            if (bits > 0) {
                schemes[3 * place] = (inputs.get().symmetric() ? FusedForm.SYMMETRIC : FusedForm.ASYMMETRIC).number();
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

    private static long group(Granularity granularity, List<Integer> shape) {
        return switch (granularity) {
            case Granularity.PerTensor whole -> 0;
            case Granularity.PerRow row -> shape.getLast();
            case Granularity.PerGroup group -> group.groupSize(1, shape.getLast());
            case Granularity.EqualGroups groups -> groups.groupSize(shape.getFirst(), shape.getLast());
        };
    }
}
