package io.bantam.compression.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WeightQuantizationTest {
    private static final List<String> NAMES = List.of(
            "wte.weight",
            "h.0.ln_1.weight",
            "h.0.attn.c_attn.weight",
            "h.0.attn.c_attn.bias",
            "h.0.attn.c_proj.weight",
            "h.0.mlp.c_fc.weight",
            "h.0.mlp.c_proj.weight",
            "h.10.mlp.c_fc.weight");

    @Test
    void patternsSelectWholeNames() {
        assertEquals(
                List.of(
                        "h.0.attn.c_attn.weight",
                        "h.0.attn.c_proj.weight",
                        "h.0.mlp.c_fc.weight",
                        "h.0.mlp.c_proj.weight",
                        "h.10.mlp.c_fc.weight"),
                WeightQuantization.select(NAMES, WeightQuantization.GPT2_LINEARS, List.of()));
        assertEquals(
                List.of("h.0.mlp.c_fc.weight"),
                WeightQuantization.select(NAMES, List.of("h.*.mlp.*"), List.of("*.c_proj.*", "h.10.*")));
        // A dot is a dot, and a pattern without asterisk is a name.
        assertEquals(List.of("wte.weight"), WeightQuantization.select(NAMES, List.of("wte.weight"), List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> WeightQuantization.select(NAMES, List.of("wte?weight"), List.of()));
    }

    @Test
    void aPatternThatMatchesNothingIsRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> WeightQuantization.select(NAMES, List.of("h.*.mpl.*"), List.of()))
                .getMessage();
        assertEquals(
                "pattern 'h.*.mpl.*' matches no tensor; there are wte.weight, h.0.ln_1.weight, h.0.attn.c_attn.weight,"
                        + " h.0.attn.c_attn.bias, h.0.attn.c_proj.weight, ...",
                message);
        assertThrows(
                IllegalArgumentException.class,
                () -> WeightQuantization.select(NAMES, List.of("*"), List.of("lm_head")));
    }

    @Test
    void laterQuantizersReplaceEarlierOnes() {
        Quantizer binary = new BinaryQuantizer(Granularity.perRow());
        Quantizer eight = new SymmetricQuantizer(8, Granularity.perRow());
        WeightQuantization quantization =
                WeightQuantization.none().with(List.of("a", "b"), binary).with(List.of("b", "c"), eight);
        assertEquals(Optional.of(binary), quantization.of("a"));
        assertEquals(Optional.of(eight), quantization.of("b"));
        assertEquals(Optional.empty(), quantization.of("d"));
        assertEquals(
                List.of("a", "b", "c"), List.copyOf(quantization.quantizers().keySet()));
    }
}
