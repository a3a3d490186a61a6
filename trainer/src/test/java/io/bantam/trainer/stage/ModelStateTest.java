package io.bantam.trainer.stage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.model.TinyGpt2;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelStateTest {
    private static final DecoderConfig CONFIG = TinyGpt2.config(20, 8, 16, 2, 2);

    @Test
    void trainingGoesOnFromTheCodesThatWereChosen() {
        ModelState floats = ModelState.teacher(CONFIG, TinyGpt2.weights(CONFIG, 1));
        SymmetricQuantizer coarse = new SymmetricQuantizer(3, Granularity.perRow());
        String chosenName = "h.1.mlp.c_fc.weight";
        QuantizedWeight chosen = coarse.quantize(floats.weights().get(chosenName), 48, 16);
        ModelState quantized = floats.quantized(
                WeightQuantization.none().with(List.of(chosenName, "wte.weight"), coarse),
                floats.weights(),
                Map.of(chosenName, chosen));
        ModelState start = quantized.trainingStart();
        assertArrayEquals(chosen.dequantize(), start.weights().get(chosenName));
        // The nearest values need no codes: the master stays, and finer grids can still tell its weights apart.
        assertArrayEquals(floats.weights().get("wte.weight"), start.weights().get("wte.weight"));
        assertEquals(Map.of(), start.codes());
        assertEquals(quantized.quantization(), start.quantization());
    }
}
