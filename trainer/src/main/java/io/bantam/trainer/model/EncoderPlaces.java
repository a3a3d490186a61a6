package io.bantam.trainer.model;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.engine.Arguments;
import java.util.ArrayList;
import java.util.List;

/** The order and the numbers in which the operation library wants a model with an encoder. */
final class EncoderPlaces {
    private EncoderPlaces() {}

    /** The places of all tensors that any family has, by name. */
    static List<String> of(EncoderConfig config) {
        List<String> places = new ArrayList<>(List.of(DecoderConfig.EMBEDDING, DecoderConfig.POSITIONS, "tte.weight"));
        both(places, "ln_e");
        places.add("distances.weight");
        for (int layer = 0; layer < config.encoderLayers(); layer++) {
            String block = "h." + layer + ".";
            for (String part : List.of("attn.c_attn", "attn.c_proj", "ln_1", "mlp.c_fc", "mlp.c_proj", "ln_2")) {
                both(places, block + part);
            }
        }
        both(places, "ln_f");
        both(places, EncoderConfig.POOLER);
        both(places, EncoderConfig.CLASSIFIER);
        String decoder = EncoderConfig.DECODER;
        places.add(decoder + DecoderConfig.POSITIONS);
        both(places, decoder + "ln_e");
        places.add(decoder + "distances.weight");
        List<String> parts = List.of(
                "attn.c_attn",
                "attn.c_proj",
                "ln_1",
                "cross.c_q",
                "cross.c_kv",
                "cross.c_proj",
                "ln_2",
                "mlp.c_fc",
                "mlp.c_proj",
                "ln_3");
        for (int layer = 0; layer < config.decoderLayers(); layer++) {
            String block = decoder + "h." + layer + ".";
            parts.forEach(part -> both(places, block + part));
        }
        both(places, decoder + "ln_f");
        both(places, DecoderConfig.HEAD);
        return places;
    }

    private static void both(List<String> places, String name) {
        places.add(name + ".weight");
        places.add(name + ".bias");
    }

    /** Adds {@code form} and {@code constants}. */
    static Arguments addForm(Arguments arguments, EncoderConfig config) {
        EncoderConfig.Form form = config.form();
        double root = Math.sqrt(config.width());
        return arguments
                .integers(
                        "form",
                        config.heads(),
                        config.headWidth(),
                        form.norm() == Architecture.Norm.RMS ? 1 : 0,
                        form.preNorm() ? 1 : 0,
                        form.offset(),
                        form.buckets(),
                        form.farthest(),
                        form.embeddingNorm() ? 1 : 0,
                        form.activation().ordinal(),
                        form.gated() ? 1 : 0,
                        config.encoderLayers(),
                        config.decoderLayers(),
                        config.tokens().pad(),
                        config.tokens().end(),
                        config.tokens().start())
                .numbers(
                        "constants",
                        config.layerNormEpsilon(),
                        form.scaledAttention() ? 1 / Math.sqrt(config.headWidth()) : 1,
                        form.scaledEmbedding() ? root : 1,
                        form.scaledHead() ? 1 / root : 1);
    }
}
