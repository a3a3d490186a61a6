package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.range.RangeSearch;

/** How the token embedding is quantized, row by row, whether by training or after it: the keys that both have. */
public sealed interface EmbeddingSettings permits Quantization.Embedding, Ptq.Embedding {

    /** The width. */
    WeightBits bits();

    /** Whether codes are centred on 0; always so for 1 bit and ternary. */
    boolean symmetric();

    /** The quantizer that the keys describe, with ranges found so. */
    default Quantizer quantizer(RangeSearch range) {
        return bits().quantizer(symmetric(), Granularity.perRow(), range);
    }
}
