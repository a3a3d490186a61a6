package io.bantam.trainer.model;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.Quantizer.FusedForm;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a forward pass quantizes: weights by name, and the activations of the blocks, as packed files do. Gives both to
 * the operation library as tables of whole numbers.
 *
 * @param weights quantizer by tensor name; {@code wte.weight} serves the lookup and, if
 *     tied, the vocabulary product
 * @param activations grids of the activations. Static ranges that it holds are given to the model beforehand, see
 *     {@link TrainableModel#fix}; without any, training estimates them
 * @param momentum what a batch in training leaves of a running range, at least 0 and less than 1:
 *     {@code range = momentum * range + (1 - momentum) * the batch's}
 */
public record FakeQuantization(WeightQuantization weights, ActivationQuantization activations, double momentum) {
    /** XTC's momentum of static activation ranges (arXiv:2206.01859). */
    public static final double XTC_MOMENTUM = 0.95;

    /** The operation library's mark of a running or fixed range; 0 is that of each token, more that of a group. */
    private static final int STATIC_RANGE = 1;

    /**
     * Refuses what the operation library cannot compute: better no training than that of another quantizer.
     *
     * @throws IllegalArgumentException naming a weight whose quantizer has no fused form
     */
    public FakeQuantization {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum must be at least 0 and less than 1, not " + momentum);
        }
        weights.quantizers().forEach((name, quantizer) -> {
            if (quantizer.fusedForm().isEmpty()) {
                throw new IllegalArgumentException(name + ": training has no operation for " + quantizer
                        + "; it can only be quantized afterwards");
            }
        });
    }

    /** Makes a quantization whose running ranges have XTC's momentum. */
    public FakeQuantization(WeightQuantization weights, ActivationQuantization activations) {
        this(weights, activations, XTC_MOMENTUM);
    }

    /** Nothing quantized. */
    public static FakeQuantization none() {
        return new FakeQuantization(WeightQuantization.none(), ActivationQuantization.NONE);
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

    /**
     * Rows of [number of the fused form, bits, range] for every place, a name of an activation each; ranges as the
     * operation library has them.
     */
    long[] inputSchemes(List<String> places) {
        long[] schemes = new long[3 * places.size()];
        for (int place = 0; place < places.size(); place++) {
            if (activations.quantizes(places.get(place))) {
                System.arraycopy(inputScheme(places.get(place)), 0, schemes, 3 * place, 3);
            }
        }
        return schemes;
    }

    private long[] inputScheme(String activation) {
        ActivationQuantization own = activations.of(activation);
        FusedForm form = own.symmetric() ? FusedForm.SYMMETRIC : FusedForm.ASYMMETRIC;
        return new long[] {form.number(), own.bits(), isStatic() ? STATIC_RANGE : own.group()};
    }

    /** Whether activations have ranges that are fixed or that training estimates over all rows in their order. */
    public boolean isStatic() {
        return activations.enabled() && activations.mode() == ActivationQuantization.Mode.STATIC;
    }

    /**
     * The names of a decoder's activations in the operation library's order: inputs of all linear layers, then all
     * sums.
     */
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
