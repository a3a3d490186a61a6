package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.Architecture.Bias;
import io.bantam.runtime.format.Architecture.FeedForward;
import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.Rotary.Scaling;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DecoderConfigTest {
    private static Architecture llama(Scaling scaling, Set<Bias> biases) {
        Rotary rotary = new Rotary(6, false, 1e4, scaling);
        return new Architecture(
                "qwen2", Norm.RMS, Optional.of(rotary), FeedForward.SWIGLU, false, 2, 6, biases.isEmpty(), biases);
    }

    private static DecoderConfig config(Architecture architecture) {
        return new DecoderConfig(11, 50, 8, 20, 2, 4, 1e-6f, 0, 1, -1, architecture);
    }

    private static DecoderConfig again(DecoderConfig config) throws FormatException {
        return DecoderConfig.fromJson(JsonFields.parse(Json.write(config.toJson()), "test"));
    }

    /** Packed files hold this text, and fingerprints of models hash its values. */
    @Test
    void theJsonOfAGpt2StaysWhatItWas() {
        assertEquals(
                "{\"architecture\":\"gpt2\",\"vocab_size\":11,\"n_positions\":5,\"n_embd\":6,\"n_inner\":24,"
                        + "\"n_layer\":2,"
                        + "\"n_head\":2,\"layer_norm_epsilon\":1.0E-5,\"bos_token_id\":0,\"eos_token_id\":1,"
                        + "\"eol_token_id\":4}",
                Json.write(new DecoderConfig(11, 5, 6, 24, 2, 2, 1e-5f, 0, 1, 4).toJson()));
    }

    @Test
    void anArchitectureIsReadAsItWasWritten() throws FormatException {
        for (Scaling scaling : List.of(
                new Scaling.None(),
                new Scaling.Linear(4),
                new Scaling.Llama3(8, 1, 4, 32),
                new Scaling.Yarn(4, 32, 1, 32, 1.138))) {
            DecoderConfig config = config(llama(scaling, Set.of(Bias.ATTENTION_IN, Bias.HEAD)));
            assertEquals(config, again(config));
        }
        DecoderConfig gpt2 = new DecoderConfig(11, 5, 6, 24, 2, 2, 1e-5f, 0, 1, 4);
        assertEquals(gpt2, again(gpt2));
    }

    @Test
    void tensorsAreThoseOfTheArchitecture() {
        DecoderConfig config = config(llama(new Scaling.None(), Set.of(Bias.ATTENTION_IN)));
        var shapes = config.shapes();
        assertEquals(
                List.of(48, 8), shapes.get("h.1.attn.c_attn.weight"), "4 heads of queries, 2 of keys, 2 of values");
        assertEquals(List.of(48), shapes.get("h.1.attn.c_attn.bias"));
        assertEquals(List.of(8, 24), shapes.get("h.1.attn.c_proj.weight"));
        assertEquals(List.of(40, 8), shapes.get("h.1.mlp.c_fc.weight"), "gate and value");
        assertEquals(List.of(8, 20), shapes.get("h.1.mlp.c_proj.weight"));
        assertEquals(List.of(11, 8), shapes.get("lm_head.weight"));
        for (String none : List.of("wpe.weight", "h.0.ln_1.bias", "h.0.attn.c_proj.bias", "lm_head.bias")) {
            assertTrue(!shapes.containsKey(none), none);
        }
    }

    @Test
    void headsThatDoNotFitAreRefused() {
        Architecture three =
                new Architecture("llama", Norm.RMS, Optional.empty(), FeedForward.SWIGLU, false, 3, 0, true, Set.of());
        var problem = assertThrows(IllegalArgumentException.class, () -> config(three));
        assertEquals("key_value_heads 3 does not divide n_head 4", problem.getMessage());
        Architecture wide = new Architecture(
                "llama",
                Norm.RMS,
                Optional.of(new Rotary(4, false, 1e4, new Scaling.None())),
                FeedForward.SWIGLU,
                false,
                0,
                0,
                true,
                Set.of());
        problem = assertThrows(IllegalArgumentException.class, () -> config(wide));
        assertEquals("rotary width: expected 1 to 2, found 4", problem.getMessage());
    }

    /** Angles computed by hand: with base 16 and width 4 the frequencies are 1 and 1/4. */
    @Test
    void scalingsChangeFrequenciesAsPublished() {
        assertArrayEquals(new double[] {1, 0.25}, new Rotary(4, false, 16, new Scaling.None()).frequencies(), 1e-15);
        assertArrayEquals(
                new double[] {0.5, 0.125}, new Rotary(4, false, 16, new Scaling.Linear(2)).frequencies(), 1e-15);
        // Over 8 pi positions they turn 4 times and once: the first stays, the second is divided, at low 1 and high 4.
        int positions = (int) Math.round(8 * Math.PI); // 25, so 3.979 and 0.995 turns
        double kept = (25 / (2 * Math.PI) - 1) / 3;
        assertArrayEquals(
                new double[] {kept + (1 - kept) / 8, 0.25 / 8},
                new Rotary(4, false, 16, new Scaling.Llama3(8, 1, 4, positions)).frequencies(),
                1e-15);
        // YaRN: pair i turns 25 / (2 pi 4^i) times; fast 4 is pair floor(-0.0038) -> 0, slow 0.9 is pair ceil(1.07 ...)
        // = 2.
        Rotary yarn = new Rotary(4, false, 16, new Scaling.Yarn(2, 4, 0.9, positions, 1.5));
        assertArrayEquals(new double[] {1, 0.5 * 0.125 + 0.5 * 0.25}, yarn.frequencies(), 1e-15);
        assertEquals(1.5, yarn.magnitude());
    }
}
