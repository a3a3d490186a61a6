package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.range.RangeSearch;
import java.util.List;

/** How the weights of the linear layers are quantized, whether by training or after it: the keys that both have. */
public sealed interface WeightSettings permits Quantization.Weights, Ptq.Weights {

    /** The width. */
    WeightBits bits();

    /** Whether codes are centred on 0; always so for 1 bit and ternary. */
    boolean symmetric();

    /** Which weights share a scale. */
    Granularity granularity();

    /** Layer names to quantize, {@code *} stands for any text; {@code h.3.mlp.c_fc} is such a name. */
    List<String> include();

    /** Layer names to leave in float32, stronger than {@link #include}. */
    List<String> exclude();

    /** The quantizer that the keys describe, with ranges found so. */
    default Quantizer quantizer(RangeSearch range) {
        return bits().quantizer(symmetric(), granularity(), range);
    }
}
